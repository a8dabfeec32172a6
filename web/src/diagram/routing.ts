import { bottomOf, gaps, topOf, type Area, type Spot } from './geometry';
import type { Column } from './rows';
import { Corridor, type Bias, type Line } from './tracks';

/** How far the figure of a node reaches from its middle; its text may reach further. */
export interface Reach {
  start: number;
  end: number;
  low: number;
  high: number;
}

export interface Stop extends Area {
  row: number;
  /** Counted within the row. */
  column: number;
  reach: Reach;
}

export interface RoutedRow {
  columns: Column[];
  low: number;
  high: number;
}

export interface RoutedLink {
  id: string;
  from: string;
  to: string;
  /** Where it crosses the ranks between its ends, by column of its row. */
  vias: Map<number, number>;
}

interface Corner {
  main: number | Line;
  cross: number | Line;
}

/**
 * Draws every link as straight lines along the axes, in the free corridors: the gaps between the ranks
 * of a row, the channels between rows, and the gutter at the beginning of the rows.
 */
export class Router {
  readonly #stops: Map<string, Stop>;
  readonly #rows: RoutedRow[];
  readonly #gaps = new Map<string, Corridor>();
  readonly #channels: Corridor[] = [];
  readonly #gutter: Corridor;
  readonly #leaving = new Map<string, number>();
  readonly #arriving = new Map<string, number>();

  constructor(stops: Map<string, Stop>, rows: RoutedRow[], links: readonly RoutedLink[]) {
    this.#stops = stops;
    this.#rows = rows;
    for (let index = 0; index <= rows.length; index += 1) {
      const above = rows[index - 1];
      const below = rows[index];
      const from = above?.high ?? (below?.low ?? 0) - gaps.row;
      this.#channels.push(new Corridor(from, below?.low ?? from + gaps.row));
    }
    const first = Math.min(0, ...rows.map((row) => row.columns[0]?.start ?? 0));
    this.#gutter = new Corridor(first - gaps.rank - 30, first - 30);
    for (const { from, to } of links) {
      this.#leaving.set(from, (this.#leaving.get(from) ?? 0) + 1);
      this.#arriving.set(to, (this.#arriving.get(to) ?? 0) + 1);
    }
  }

  /** The corners of every link, from border to border. */
  route(links: readonly RoutedLink[]): Map<string, Spot[]> {
    const routes = new Map<string, Corner[]>();
    for (const link of links) {
      const from = this.#stops.get(link.from);
      const to = this.#stops.get(link.to);
      if (from === undefined || to === undefined) continue;
      const isForward = from.row === to.row && to.column > from.column;
      routes.set(link.id, (isForward ? this.#forward(link, from, to) : null) ?? this.#around(link, from, to));
    }
    for (const corridor of [...this.#gaps.values(), ...this.#channels, this.#gutter]) corridor.arrange();
    return new Map([...routes].map(([id, corners]) => [id, settle(corners)]));
  }

  /** Through the gaps of one row; null when it would have to pass a rank without knowing where. */
  #forward(link: RoutedLink, from: Stop, to: Stop): Corner[] | null {
    for (let column = from.column + 1; column < to.column; column += 1) if (!link.vias.has(column)) return null;
    const corners: Corner[] = [{ main: from.main + from.reach.end, cross: from.cross }];
    let cross = from.cross;
    for (let column = from.column + 1; column <= to.column; column += 1) {
      const next = column === to.column ? to.cross : (link.vias.get(column) ?? cross);
      if (Math.abs(next - cross) > 0.5) {
        const shared = this.#shared(link, column, from, to);
        const line = this.#gap(from.row, column).add({ ...shared, ...between(cross, next) });
        corners.push({ main: line, cross }, { main: line, cross: next });
        cross = next;
      }
    }
    corners.push({ main: to.main - to.reach.start, cross: to.cross });
    return corners;
  }

  /** Links of one origin share a line near it, links to one target near that. */
  #shared({ id, from, to }: RoutedLink, column: number, source: Stop, target: Stop): { group: string; bias: Bias } {
    if (column === source.column + 1 && (this.#leaving.get(from) ?? 0) > 1) return { group: `from ${from}`, bias: 'near' };
    if (column === target.column && (this.#arriving.get(to) ?? 0) > 1) return { group: `to ${to}`, bias: 'far' };
    return { group: id, bias: 'middle' };
  }

  /** Back, or into another row: through the channels. */
  #around({ id }: RoutedLink, from: Stop, to: Stop): Corner[] {
    const exitIndex = to.row < from.row ? from.row : from.row + 1;
    const entryIndex = to.row < from.row ? to.row + 1 : to.row === from.row ? exitIndex : to.row;
    // A link of a node to itself leaves at its end, so that the two ways do not lie on each other.
    const exit = this.#leg(id, from, exitIndex, 'exit', from !== to);
    const entry = this.#leg(id, to, entryIndex, 'entry', true);
    const exitMain = nominal(exit.at(-1)?.main ?? 0);
    const entryMain = nominal(entry.at(-1)?.main ?? 0);
    if (exitIndex === entryIndex) {
      const line = this.#channel(exitIndex).add({ group: id, bias: 'middle', ...between(exitMain, entryMain) });
      return join(exit, line, line, entry);
    }
    const extent = between(this.#channel(exitIndex).from, this.#channel(entryIndex).from);
    const gutter = this.#gutter.add({ group: id, bias: 'far', ...extent });
    const first = this.#channel(exitIndex).add({ group: id, bias: 'middle', low: gutter.at, high: exitMain });
    const second = this.#channel(entryIndex).add({ group: id, bias: 'middle', low: gutter.at, high: entryMain });
    const corners = join(exit, first, second, entry);
    corners.splice(exit.length + 1, 0, { main: gutter, cross: first }, { main: gutter, cross: second });
    return corners;
  }

  /** From a node's border to where the link reaches a channel; for an entry it is read backwards. */
  #leg(id: string, stop: Stop, channel: number, kind: 'exit' | 'entry', mayBeStraight: boolean): Corner[] {
    const isBelow = channel > stop.row;
    if (mayBeStraight && this.#isFree(stop, isBelow)) {
      const cross = isBelow ? stop.cross + stop.reach.high : stop.cross - stop.reach.low;
      return [{ main: stop.main, cross }];
    }
    const edge = this.#channel(channel);
    const column = kind === 'exit' ? stop.column + 1 : stop.column;
    const border = kind === 'exit' ? stop.main + stop.reach.end : stop.main - stop.reach.start;
    const line = this.#gap(stop.row, column).add({
      group: id,
      bias: kind === 'exit' ? 'near' : 'far',
      low: isBelow ? stop.cross : edge.to,
      high: isBelow ? edge.from : stop.cross,
    });
    return [{ main: border, cross: stop.cross }, { main: line, cross: stop.cross }];
  }

  /** Whether nothing, not even its own text, stands between a node and the channel. */
  #isFree(stop: Stop, isBelow: boolean): boolean {
    const reach = isBelow ? stop.reach.high : stop.reach.low;
    if (stop.breadth / 2 - reach > 8) return false;
    for (const other of this.#stops.values()) {
      if (other === stop || other.row !== stop.row || other.column !== stop.column) continue;
      if (isBelow ? bottomOf(other) > bottomOf(stop) : topOf(other) < topOf(stop)) return false;
    }
    return true;
  }

  #channel(index: number): Corridor {
    const channel = this.#channels[index];
    if (channel === undefined) throw new Error(`there is no channel ${index}`);
    return channel;
  }

  /** The gap before a column of a row; after the last one, it is open. */
  #gap(row: number, column: number): Corridor {
    const key = `${row} ${column}`;
    let gap = this.#gaps.get(key);
    if (gap === undefined) {
      const columns = this.#rows[row]?.columns ?? [];
      const from = columns[column - 1]?.end ?? (columns[0]?.start ?? 0) - 30;
      gap = new Corridor(from, columns[column]?.start ?? from + 30);
      this.#gaps.set(key, gap);
    }
    return gap;
  }
}

function join(exit: Corner[], first: Line, second: Line, entry: Corner[]): Corner[] {
  const leave = exit.at(-1)?.main ?? 0;
  const arrive = entry.at(-1)?.main ?? 0;
  return [...exit, { main: leave, cross: first }, { main: arrive, cross: second }, ...entry.reverse()];
}

function between(one: number, other: number): { low: number; high: number } {
  return { low: Math.min(one, other), high: Math.max(one, other) };
}

function nominal(value: number | Line): number {
  return typeof value === 'number' ? value : value.at;
}

function settle(corners: readonly Corner[]): Spot[] {
  return straighten(corners.map(({ main, cross }) => ({ main: nominal(main), cross: nominal(cross) })));
}

/** Without corners that are none. */
function straighten(spots: readonly Spot[]): Spot[] {
  const kept: Spot[] = [];
  for (const spot of spots) {
    const last = kept.at(-1);
    if (last !== undefined && isSame(last.main, spot.main) && isSame(last.cross, spot.cross) && kept.length > 1) continue;
    const before = kept.at(-2);
    if (last !== undefined && before !== undefined) {
      const onMain = isSame(before.cross, last.cross) && isSame(last.cross, spot.cross);
      const onCross = isSame(before.main, last.main) && isSame(last.main, spot.main);
      if (onMain || onCross) kept.pop();
    }
    kept.push(spot);
  }
  return kept;
}

function isSame(one: number, other: number): boolean {
  return Math.abs(one - other) < 0.01;
}
