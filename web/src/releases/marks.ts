import type { Span } from './ansi';

/** A piece of one look, or a part of it that was searched for. */
export interface Piece extends Span {
  isFound: boolean;
}

/** Cuts pieces where found words begin and end, which may be in the middle of a colour. */
export function withFound(spans: readonly Span[], found: readonly number[], length: number): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  for (const { text, style } of spans) {
    const end = at + text.length;
    let from = at;
    for (const start of found) {
      const begin = Math.max(start, from);
      const stop = Math.min(start + length, end);
      if (begin >= stop) continue;
      if (begin > from) pieces.push({ text: text.slice(from - at, begin - at), style, isFound: false });
      pieces.push({ text: text.slice(begin - at, stop - at), style, isFound: true });
      from = stop;
    }
    if (from < end) pieces.push({ text: text.slice(from - at), style, isFound: false });
    at = end;
  }
  return pieces;
}
