import type { Field, FieldType } from './types';

/** How wide a column has to be, in pixels, and how it shares what is left. */
const widths: Record<FieldType, { least: number; share: number }> = {
  text: { least: 120, share: 2 },
  long_text: { least: 190, share: 3 },
  number: { least: 72, share: 1 },
  money: { least: 96, share: 1 },
  date: { least: 134, share: 1 },
  choice: { least: 120, share: 1.4 },
  choices: { least: 190, share: 2 },
  person: { least: 160, share: 1.6 },
  group: { least: 150, share: 1.6 },
  file: { least: 190, share: 2 },
  table: { least: 0, share: 0 },
};
const gap = 10;

/** The width from which on the columns stand side by side; below it each row is a card. `beside`: what else is in a row. */
export function widthOfColumns(columns: readonly Field[], beside: number): number {
  return columns.reduce((sum, { type }) => sum + widths[type].least + gap, beside);
}

/** `minmax(72px, 1fr) …`: the columns of the grid. */
export function columnTemplate(columns: readonly Field[]): string {
  return columns.map(({ type }) => `minmax(${widths[type].least}px, ${widths[type].share}fr)`).join(' ');
}

export function isNumeric({ type }: Field): boolean {
  return type === 'number' || type === 'money';
}

/** Whether two of them fit beside each other in a card. */
export function isShort({ type }: Field): boolean {
  return type === 'number' || type === 'money' || type === 'choice';
}
