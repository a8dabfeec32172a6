import { piecesOf, type Highlight, type Piece } from './highlight';

const words = 'if|then|elif|else|fi|for|in|do|done|while|until|case|esac|function|return|exit|set|export|local|trap|shift|break|continue|readonly|unset|eval|exec';
const name = String.raw`\$(?:\{[^}]*\}?|\w+|[@*#?$!-])`;
const pattern = new RegExp(
  [
    String.raw`(?<comment>(?<=^|[\s;])#.*)`,
    String.raw`(?<text>'[^']*'?|"(?:\\.|[^"\\])*"?)`,
    `(?<name>${name})`,
    String.raw`(?<word>(?<![\w./-])(?:${words})(?![\w./-]))`,
    String.raw`(?<number>(?<![\w./#-])\d+(?![\w./-]))`,
  ].join('|'),
  'g',
);
const names = new RegExp(`(?<name>${name})`, 'g');

/** Shell scripts, as far as a look at each line tells: a quotation or a document over several lines goes on as text. */
export const shellLines: Highlight = (text) => {
  let open: string | null = null;
  let document: { end: string; isIndented: boolean } | null = null;
  return text.split('\n').map((line) => {
    if (document !== null) {
      const { end, isIndented } = document;
      if ((isIndented ? line.trimStart() : line) === end) document = null;
      return [{ kind: 'text', text: line }];
    }
    const before: Piece[] = [];
    let rest = line;
    if (open !== null) {
      const end = line.indexOf(open);
      if (end === -1) return [{ kind: 'text', text: line }];
      before.push({ kind: 'text', text: line.slice(0, end + 1) });
      rest = line.slice(end + 1);
      open = null;
    }
    const pieces = [...before, ...piecesOf(rest, pattern)];
    const last = pieces.at(-1);
    if (last?.kind === 'text' && isOpen(last.text)) open = last.text.charAt(0);
    const started = /<<(-?)\s*(['"]?)([A-Za-z_]\w*)\2/.exec(line);
    if (started?.[3] !== undefined) document = { end: started[3], isIndented: started[1] === '-' };
    return pieces.flatMap((piece) => (piece.kind === 'text' && piece.text.startsWith('"') ? variablesIn(piece) : [piece]));
  });
};

function isOpen(text: string): boolean {
  const quote = text.charAt(0);
  return (quote === '"' || quote === "'") && (text.length === 1 || !text.endsWith(quote));
}

/** In double quotes variables are filled in, and look like it. */
function variablesIn({ text }: Piece): Piece[] {
  return piecesOf(text, names).map((piece) => (piece.kind === 'plain' ? { ...piece, kind: 'text' } : piece));
}
