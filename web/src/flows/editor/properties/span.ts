/** The units of lengths of time, the largest first; crates/flow/src/definition/duration.rs reads them. */
export const units = ['w', 'd', 'h', 'm', 's'] as const;
export type Unit = (typeof units)[number];

/** `2h` is two hours; null when the text is no length of time. */
export function readSpan(text: string): { count: number; unit: Unit } | null {
  const match = /^(\d{1,12})([wdhms])$/.exec(text);
  return match === null ? null : { count: Number(match[1]), unit: match[2] as Unit };
}

/** A batch is a count, a percentage or the rest; counts and percentages begin at 1. */
export function isBatch(text: string): boolean {
  if (text === 'rest') return true;
  return isThreshold(text) && Number.parseInt(text, 10) > 0;
}

/** How many may fail: a count or a percentage. */
export function isThreshold(text: string): boolean {
  const match = /^(\d{1,6})(%?)$/.exec(text);
  return match !== null && (match[2] === '' || Number(match[1]) <= 100);
}

/** What somebody typed as batches, `1, 25%, rest`; null when a part of it is none. */
export function readBatches(text: string): string[] | null {
  const parts = text.split(/[\s,，、]+/).filter((part) => part !== '');
  return parts.length > 0 && parts.length <= 50 && parts.every(isBatch) ? parts : null;
}

/** How many hosts each batch has, for so many hosts: as crates/flow/src/definition/raw.rs does it. */
export function batchesOf(sizes: readonly string[], hosts: number): number[] {
  const batches: number[] = [];
  let left = hosts;
  while (left > 0) {
    const size = sizes[batches.length] ?? sizes.at(-1) ?? 'rest';
    const wanted = size === 'rest' ? left : size.endsWith('%') ? Math.ceil((hosts * Number.parseInt(size, 10)) / 100) : Number(size);
    const batch = Math.max(1, Math.min(left, wanted));
    batches.push(batch);
    left -= batch;
  }
  return batches;
}
