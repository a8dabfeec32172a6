export interface Piece {
  kind: 'plain' | 'comment' | 'text' | 'name' | 'word' | 'number';
  text: string;
}

/** What colours a text: its lines, each in pieces that together are the line. */
export type Highlight = (text: string) => readonly (readonly Piece[])[];

/** Cuts a line by one pattern whose named groups are the kinds. */
export function piecesOf(line: string, pattern: RegExp): Piece[] {
  const pieces: Piece[] = [];
  let end = 0;
  for (const match of line.matchAll(pattern)) {
    if (match.index > end) pieces.push({ kind: 'plain', text: line.slice(end, match.index) });
    const kind = (Object.entries(match.groups ?? {}).find(([, text]) => text !== undefined)?.[0] ?? 'plain') as Piece['kind'];
    pieces.push({ kind, text: match[0] });
    end = match.index + match[0].length;
  }
  if (end < line.length) pieces.push({ kind: 'plain', text: line.slice(end) });
  return pieces;
}
