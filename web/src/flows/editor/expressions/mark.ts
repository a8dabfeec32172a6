/** A text in three: what stands before the marked characters, these, and what stands after them. */
export interface Mark {
  before: string;
  marked: string;
  after: string;
}

/** Marks characters, counted from 0 as the server counts them. Where the text ends too early, a space behind it is marked. */
export function markOf(text: string, start: number, end: number): Mark {
  const letters = [...text];
  const [before, marked, after] = [letters.slice(0, start), letters.slice(start, end), letters.slice(end)];
  return { before: before.join(''), marked: marked.join('') || '\u00A0', after: after.join('') };
}
