import type { Field } from './types';

/** The largest length or count that the engine takes when the field does not say less. */
const most = { text: 500, long_text: 20_000, choices: 200, file: 20, table: 200 } as const;

/** The most characters, options, files or rows of this field; for other types no bound. */
export function mostOf({ type, max }: Field): number {
  const bound = type in most ? most[type as keyof typeof most] : Infinity;
  return Math.min(max ?? bound, bound);
}
