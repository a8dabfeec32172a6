import { gaps } from './geometry';

/** A rank with its extent along the main axis. */
export interface Column {
  start: number;
  end: number;
}

/** A link, as the ranks that it connects. */
export interface Span {
  low: number;
  high: number;
}

/**
 * Breaks the ranks into rows of at most this length, in order: the numbers of the ranks that begin a
 * row. It rather breaks where one link goes on than in the middle of branches, makes few rows, and
 * rows of like length.
 */
export function breakIntoRows(columns: readonly Column[], spans: readonly Span[], room: number): number[] {
  const cuts = cutsBetween(columns.length, spans);
  // Things that nothing connects fill their rows; of a flow, no row should be a lonely end.
  const lastSlack = spans.length === 0 ? 0.05 : 0.5;
  // best[n]: the least cost of the first n ranks, and where the last row of them begins.
  const best: { cost: number; begin: number }[] = [{ cost: 0, begin: 0 }];
  for (let count = 1; count <= columns.length; count += 1) {
    const end = columns[count - 1]?.end ?? 0;
    let chosen = { cost: Number.POSITIVE_INFINITY, begin: count - 1 };
    for (let begin = count - 1; begin >= 0; begin -= 1) {
      const length = end - (columns[begin]?.start ?? 0);
      // A rank that is longer than the room has a row of its own.
      if (length > room && begin < count - 1) break;
      const slack = Math.max(0, room - length) / room;
      const isLast = count === columns.length;
      const cost =
        (best[begin]?.cost ?? 0) +
        (begin === 0 ? 0 : 1.2 + Math.max(0, (cuts[begin] ?? 0) - 1) * 1.5) +
        slack ** 2 * (isLast ? lastSlack : 1);
      if (cost < chosen.cost) chosen = { cost, begin };
    }
    best.push(chosen);
  }
  const begins: number[] = [];
  for (let count = columns.length; count > 0; count = best[count]?.begin ?? 0) begins.unshift(best[count]?.begin ?? 0);
  return begins;
}

/** How many links go past the place before each rank. */
function cutsBetween(count: number, spans: readonly Span[]): number[] {
  const changes = new Array<number>(count + 1).fill(0);
  for (const { low, high } of spans) {
    if (low === high) continue;
    changes[low + 1] = (changes[low + 1] ?? 0) + 1;
    changes[high + 1] = (changes[high + 1] ?? 0) - 1;
  }
  let open = 0;
  return changes.map((change) => (open += change));
}

/** How large the rows become on a pane when all of them are shown; never more than life-size. */
export function scaleOf(rows: readonly { length: number; breadth: number }[], pane: { length: number; breadth: number }): number {
  const length = Math.max(1, ...rows.map((row) => row.length));
  const breadth = rows.reduce((sum, row) => sum + row.breadth, 0) + gaps.row * (rows.length - 1);
  return Math.min(1, pane.length / length, pane.breadth / Math.max(1, breadth));
}
