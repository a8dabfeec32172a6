/** What a colour says. States have their own colours; what is no state has the brand's or none. */
export type Tone = 'ok' | 'run' | 'wait' | 'bad' | 'idle' | 'brand';

/** One kind of things that is counted, for example approvals. */
export interface Series {
  key: string;
  label: string;
  tone: Tone;
}

/** One place on the axis, for example a day, with a count for each series. */
export interface Column {
  key: string;
  /** Below the axis. */
  label: string;
  /** In the table and for screen readers. */
  title: string;
  values: Readonly<Record<string, number>>;
}

/** The same figures as a table. */
export interface ChartTable {
  columns: readonly string[];
  rows: readonly (readonly string[])[];
}

export function totalOf(column: Column, series: readonly Series[]): number {
  return series.reduce((sum, { key }) => sum + (column.values[key] ?? 0), 0);
}

/** Round numbers for an axis from 0 to at least `most`, all of them whole. */
export function wholeTicks(most: number, wanted = 4): number[] {
  const least = Math.max(1, most);
  const step = niceStep(least / wanted);
  const ticks: number[] = [];
  for (let tick = 0; tick < least + step; tick += step) ticks.push(tick);
  return ticks;
}

/** The next of 1, 2, 5, 10, 20, 50 … */
function niceStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, least)));
  const factor = [1, 2, 5, 10].find((candidate) => candidate * power >= least) ?? 10;
  return factor * power;
}

/** Which of `count` labels fit into `width` when each takes `labelWidth`: every n-th, counted from the last. */
export function labelled(count: number, width: number, labelWidth: number): (index: number) => boolean {
  const every = Math.max(1, Math.ceil((count * labelWidth) / Math.max(1, width)));
  return (index) => (count - 1 - index) % every === 0;
}
