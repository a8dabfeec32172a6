/** What a text box shows for a number: never `1e21`, and no groups, so that it can be edited. */
export function textOfNumber(value: unknown): string {
  if (typeof value === 'string') return value;
  return typeof value === 'number' ? value.toLocaleString('en', { useGrouping: false, maximumFractionDigits: 20 }) : '';
}

/** What somebody typed: a number, the text itself when it is none (yet), nothing when it is empty. */
export function numberOf(typed: string): number | string | undefined {
  const text = typed.normalize('NFKC').trim();
  if (text === '') return undefined;
  return /^[+-]?(\d+\.?\d*|\.\d+)$/.test(text) ? Number(text) : typed;
}
