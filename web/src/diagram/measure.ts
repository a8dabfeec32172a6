/*
 * Widths of text without a browser: the same in tests, in exported files and on every machine, so that
 * a layout never depends on fonts that are still loading. The widths are those of wide sans-serif
 * fonts, rather a little too much than too little.
 */

const NARROW = new Set("iljtfrI.,:;'|!()[]{}`/\\-·\"");
const WIDE = new Set('mwMW@%&—…✓✕');

/** The width of a text in pixels at a font size in pixels. */
export function widthOf(text: string, fontSize: number): number {
  let ems = 0;
  for (const character of text) ems += emsOf(character);
  return ems * fontSize;
}

function emsOf(character: string): number {
  const code = character.codePointAt(0) ?? 0;
  if (isFullWidth(code)) return 1;
  if (character === ' ') return 0.3;
  if (NARROW.has(character)) return 0.36;
  if (WIDE.has(character)) return 0.92;
  if (code >= 65 && code <= 90) return 0.7;
  return 0.585;
}

/** Chinese, Japanese, Korean, full-width forms and emoji. */
function isFullWidth(code: number): boolean {
  return (code >= 0x1100 && code <= 0x11ff) || (code >= 0x2e80 && code <= 0xd7a3) ||
    (code >= 0xf900 && code <= 0xfaff) || (code >= 0xfe30 && code <= 0xfe4f) ||
    (code >= 0xff00 && code <= 0xff60) || code >= 0x1f000;
}

/** The text, cut with an ellipsis where it is wider than this. */
export function ellipsize(text: string, width: number, fontSize: number): string {
  if (widthOf(text, fontSize) <= width) return text;
  const room = width - widthOf('…', fontSize);
  let used = 0;
  let kept = '';
  for (const character of text) {
    used += widthOf(character, fontSize);
    if (used > room) break;
    kept += character;
  }
  return `${kept.trimEnd()}…`;
}

/** The text on at most so many lines of this width; what does not fit ends in an ellipsis. */
export function wrapText(text: string, width: number, fontSize: number, maxLines: number): string[] {
  const lines: string[] = [];
  let line = '';
  const pieces = piecesOf(text.trim());
  for (const [index, piece] of pieces.entries()) {
    if (line === '' || widthOf((line + piece).trimEnd(), fontSize) <= width) {
      line += line === '' ? piece.trimStart() : piece;
      continue;
    }
    if (lines.length === maxLines - 1) {
      return [...lines, ellipsize(line + pieces.slice(index).join(''), width, fontSize)];
    }
    lines.push(line.trimEnd());
    line = piece.trimStart();
  }
  if (line !== '' || lines.length === 0) lines.push(line.trimEnd());
  return lines.map((full) => ellipsize(full, width, fontSize));
}

const CLOSING = /^[，。、；：！？）】》」』”’,.;:!?)\]}%]/;

/** Where a line may break: after spaces, and around full-width characters, but never before a closing mark. */
function piecesOf(text: string): string[] {
  const pieces: string[] = [];
  let wasFullWidth = true;
  for (const character of text) {
    const fullWidth = isFullWidth(character.codePointAt(0) ?? 0);
    const last = pieces.at(-1);
    const mayBreak = fullWidth || wasFullWidth || last?.endsWith(' ') === true;
    if (last === undefined || (mayBreak && character !== ' ' && !CLOSING.test(character))) pieces.push(character);
    else pieces[pieces.length - 1] = last + character;
    wasFullWidth = fullWidth;
  }
  return pieces;
}
