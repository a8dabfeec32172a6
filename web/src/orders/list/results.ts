/** What became of a decision that was made from the list. */
export type RowResult = { state: 'sending' } | { state: 'done' | 'refused'; words: string };
