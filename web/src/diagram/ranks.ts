import type { Extent } from './blocks';
import { endOf, gaps, startOf, type Area, type Arrangement, type LayoutLink } from './geometry';
import { breakIntoRows, scaleOf, type Column, type Span } from './rows';

/** How small a diagram may be drawn to fit its pane before it breaks into further rows. */
const SCALES = [1, 0.92, 0.84, 0.76, 0.68];
/** For those that can not be read as a whole anyhow, and are looked at from afar. */
const FAR_SCALES = [0.5, 0.36, 0.26, 0.18, 0.13, 0.09];
const FAR = 0.3;

export interface Row {
  /** The ranks of this row, where they stand now. */
  columns: Column[];
  low: number;
  high: number;
  /** The number of its first rank. */
  begin: number;
  /** From the arrangement to here. */
  shift: { main: number; cross: number };
}

/** The ranks of an arrangement, and how they break into rows. */
export class Ranks {
  readonly columns: Column[] = [];
  readonly #arrangement: Arrangement;
  readonly #extents: Map<string, Extent>;
  readonly #columnOf = new Map<string, number>();
  readonly #spans: Span[];
  readonly #links: readonly LayoutLink[];

  constructor(arrangement: Arrangement, extents: Map<string, Extent>, links: readonly LayoutLink[]) {
    this.#arrangement = arrangement;
    this.#extents = extents;
    this.#links = links;
    const sorted = [...arrangement.areas].sort(([, one], [, other]) => one.main - other.main);
    let middle = Number.NEGATIVE_INFINITY;
    for (const [id, area] of sorted) {
      if (area.main - middle > 1) this.columns.push({ start: startOf(area), end: endOf(area) });
      middle = area.main;
      const column = this.columns.at(-1);
      if (column === undefined) continue;
      column.start = Math.min(column.start, startOf(area));
      column.end = Math.max(column.end, endOf(area));
      this.#columnOf.set(id, this.columns.length - 1);
    }
    this.#spans = links.map(({ from, to }) => {
      const [one, other] = [this.columnOf(from), this.columnOf(to)];
      return { low: Math.min(one, other), high: Math.max(one, other) };
    });
  }

  columnOf(id: string): number {
    return this.#columnOf.get(id) ?? 0;
  }

  /** Where rows begin when all of it shall be as large as it can on this pane. */
  breaks(pane: { length: number; breadth: number }): number[] {
    let best = { begins: [0], scale: 0 };
    for (const scale of [...SCALES, ...FAR_SCALES]) {
      if (FAR_SCALES.includes(scale) && best.scale > FAR) break;
      const begins = breakIntoRows(this.columns, this.#spans, pane.length / scale);
      const rows = begins.map((begin, index) => {
        const end = begins[index + 1] ?? this.columns.length;
        const { low, high } = this.#across(begin, end);
        return { length: (this.columns[end - 1]?.end ?? 0) - (this.columns[begin]?.start ?? 0), breadth: high - low };
      });
      const reached = scaleOf(rows, pane);
      // A little smaller in fewer rows reads better than life-size in more of them.
      if (reached > best.scale * 1.02) best = { begins, scale: reached };
    }
    return best.begins;
  }

  rows(begins: readonly number[]): Row[] {
    const rows: Row[] = [];
    let cross = 0;
    for (const [index, begin] of begins.entries()) {
      const end = begins[index + 1] ?? this.columns.length;
      const { low, high } = this.#across(begin, end);
      const main = -(this.columns[begin]?.start ?? 0);
      rows.push({
        columns: this.columns.slice(begin, end).map((column) => ({ start: column.start + main, end: column.end + main })),
        low: cross,
        high: cross + high - low,
        begin,
        shift: { main, cross: cross - low },
      });
      const crossing = this.#spans.filter((span) => span.low < end && span.high >= end).length;
      cross += high - low + gaps.row + Math.max(0, crossing - 1) * gaps.track;
    }
    return rows;
  }

  /** Where a link crosses the ranks between its ends, by rank. */
  viasOf(link: LayoutLink): Map<number, number> {
    const vias = new Map<number, number>();
    for (const { main, cross } of this.#arrangement.vias.get(link.id) ?? []) {
      const rank = this.columns.findIndex((column) => column.start <= main && main <= column.end);
      if (rank >= 0) vias.set(rank, cross);
    }
    return vias;
  }

  /** What the ranks from `begin` to before `end` take across, with the links between them. */
  #across(begin: number, end: number): { low: number; high: number } {
    let low = Number.POSITIVE_INFINITY;
    let high = Number.NEGATIVE_INFINITY;
    for (const [id, area] of this.#arrangement.areas) {
      const column = this.columnOf(id);
      if (column < begin || column >= end) continue;
      const extent = this.#extents.get(id) ?? halves(area);
      low = Math.min(low, area.cross + extent.low);
      high = Math.max(high, area.cross + extent.high);
    }
    for (const [index, { id }] of this.#links.entries()) {
      const span = this.#spans[index];
      if (span === undefined || span.low < begin || span.high >= end) continue;
      for (const { cross } of this.#arrangement.vias.get(id) ?? []) {
        low = Math.min(low, cross);
        high = Math.max(high, cross);
      }
    }
    return low <= high ? { low, high } : { low: 0, high: 0 };
  }
}

function halves(area: Area): { low: number; high: number } {
  return { low: -area.breadth / 2, high: area.breadth / 2 };
}
