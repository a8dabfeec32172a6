import type { Box, Point } from './figures';
import type { SizedNode } from './layout';

/*
 * Links between nodes that stand anywhere: straight lines along the axes, around what stands in the way. A route is
 * chosen among a bounded number of simple ones, so that it is found at once while somebody drags, and there always is
 * one: it hits the fewest nodes, lies on the fewest lines, and then is the shortest with the fewest corners.
 */

/** A node where it stands. */
export interface PlacedNode {
  box: Box;
  ports: SizedNode['ports'];
}

/** A straight piece of a link that has its route already. */
export interface Stretch {
  from: string;
  to: string;
  start: Point;
  end: Point;
}

interface Candidate {
  points: Point[];
  cost: number;
}

/** From a node to the first corner. */
const STUB = 18;
/** Between a line and what it passes. */
const CLEARANCE = 6;
/** How far outside of its ends a link looks for a way. */
const DETOUR = 220;
/** So many heights are tried for the long stretch of a link. */
const LANES = 28;

const cost = { corner: 16, cross: 10, overlap: 90, collision: 1_000, side: 24, elbow: 60 } as const;

/** Where a link turns when it may choose: near its beginning if others begin there, too, so that they part at once. */
export type Turn = 'near' | 'middle' | 'far';

export function turnsOf(links: readonly { id: string; from: string; to: string }[]): Map<string, Turn> {
  const [leaving, arriving] = [new Map<string, number>(), new Map<string, number>()];
  for (const { from, to } of links) {
    leaving.set(from, (leaving.get(from) ?? 0) + 1);
    arriving.set(to, (arriving.get(to) ?? 0) + 1);
  }
  const turnOf = (from: string, to: string): Turn =>
    (leaving.get(from) ?? 0) > 1 ? 'near' : (arriving.get(to) ?? 0) > 1 ? 'far' : 'middle';
  return new Map(links.map(({ id, from, to }) => [id, turnOf(from, to)]));
}

export function routeAround(
  link: { from: string; to: string; turn?: Turn },
  nodes: ReadonlyMap<string, PlacedNode>,
  taken: readonly Stretch[],
): Point[] {
  const [from, to] = [nodes.get(link.from), nodes.get(link.to)];
  if (from === undefined || to === undefined) return [];
  if (from === to) return loop(from);
  const area = areaOf(from.box, to.box);
  const obstacles = [...nodes.values()].filter((node) => meets(node.box, area));
  const lines = taken.filter((line) => line.from !== link.from && line.to !== link.to && meets(boxBetween(line.start, line.end), area));
  const candidates = [...acrossWays(from, to, obstacles, link.turn ?? 'middle'), ...sideWays(from, to)].sort((one, other) => one.cost - other.cost);
  let best: Candidate | null = null;
  for (const candidate of candidates) {
    if (best !== null && candidate.cost >= best.cost) break;
    const whole = candidate.cost + hindrance(candidate.points, { from, to, obstacles, lines });
    if (best === null || whole < best.cost) best = { points: candidate.points, cost: whole };
  }
  return best?.points ?? [];
}

export function stretchesOf({ from, to }: { from: string; to: string }, points: readonly Point[]): Stretch[] {
  return points.slice(1).map((end, index) => ({ from, to, start: points[index] ?? end, end }));
}

/** From the right side to the left one, as flows are read: along one lane that is above, below or between them. */
function acrossWays(from: PlacedNode, to: PlacedNode, obstacles: readonly PlacedNode[], turn: Turn): Candidate[] {
  const start = { x: from.box.x + from.ports.right, y: from.box.y };
  const end = { x: to.box.x - to.ports.left, y: to.box.y };
  const room = end.x - start.x;
  const middle = (start.x + end.x) / 2;
  const leaves = [start.x + STUB, start.x + STUB + 10, ...(room > 2 * STUB ? [middle] : [])];
  const arrives = [end.x - STUB, end.x - STUB - 10, ...(room > 2 * STUB ? [middle] : [])];
  const lanes = obstacles.flatMap(({ box }) => [box.y - box.height / 2 - 14, box.y + box.height / 2 + 14]);
  const ends = [from, to].flatMap(({ box }) => [box.y - box.height / 2 - 26, box.y + box.height / 2 + 26]);
  const wanted = { near: start.x + STUB, middle, far: end.x - STUB }[turn];
  const ways: Candidate[] = [];
  for (const y of nearestLanes([start.y, end.y, (start.y + end.y) / 2, ...ends, ...lanes], start.y, end.y)) {
    for (const leave of leaves) {
      for (const arrive of arrives) {
        const points = [start, { x: leave, y: start.y }, { x: leave, y }, { x: arrive, y }, { x: arrive, y: end.y }, end];
        const first = y === start.y ? arrive : leave;
        ways.push(way(points, room > 2 * STUB ? Math.abs(first - wanted) * 0.06 : 0));
      }
    }
  }
  return ways;
}

function nearestLanes(lanes: readonly number[], one: number, other: number): number[] {
  const [low, high] = [Math.min(one, other), Math.max(one, other)];
  const distance = (y: number) => Math.max(low - y, y - high, 0);
  const distinct = [...new Set(lanes.map((y) => Math.round(y * 2) / 2))];
  return distinct.sort((first, second) => distance(first) - distance(second)).slice(0, LANES);
}

/** Through the upper and lower sides, where they are the shorter way and no text stands there. */
function sideWays(from: PlacedNode, to: PlacedNode): Candidate[] {
  const ways: Candidate[] = [];
  const right = { x: from.box.x + from.ports.right, y: from.box.y };
  const left = { x: to.box.x - to.ports.left, y: to.box.y };
  for (const side of ['bottom', 'top'] as const) {
    const sign = side === 'bottom' ? 1 : -1;
    const other = side === 'bottom' ? 'top' : 'bottom';
    const exit = isFree(from, side) ? { x: from.box.x, y: from.box.y + sign * from.ports[side] } : null;
    const entry = isFree(to, other) ? { x: to.box.x, y: to.box.y - sign * to.ports[other] } : null;
    if (exit !== null && entry !== null && (entry.y - exit.y) * sign > STUB) {
      for (const y of [(exit.y + entry.y) / 2, exit.y + sign * STUB, entry.y - sign * STUB]) {
        ways.push(way([exit, { x: exit.x, y }, { x: entry.x, y }, entry], cost.side));
      }
    }
    if (entry !== null && entry.x > right.x + STUB && (entry.y - right.y) * sign > STUB) {
      ways.push(way([right, { x: entry.x, y: right.y }, entry], cost.elbow));
    }
    if (exit !== null && left.x > exit.x + STUB && (left.y - exit.y) * sign > STUB) {
      ways.push(way([exit, { x: exit.x, y: left.y }, left], cost.elbow));
    }
  }
  return ways;
}

/** A text below a figure is in the way of a link there. */
function isFree({ box, ports }: PlacedNode, side: 'top' | 'bottom'): boolean {
  return box.height / 2 - ports[side] <= 8;
}

function way(points: readonly Point[], extra: number): Candidate {
  const straight = straighten(points);
  const length = straight.slice(1).reduce((sum, end, index) => sum + distance(straight[index] ?? end, end), 0);
  return { points: straight, cost: extra + length * 0.5 + (straight.length - 2) * cost.corner };
}

/** A link of a node to itself leaves at its right side and comes back from below. */
function loop({ box, ports }: PlacedNode): Point[] {
  const right = box.x + Math.max(box.width / 2, ports.right) + STUB;
  const low = box.y + box.height / 2 + STUB;
  return [{ x: box.x + ports.right, y: box.y }, { x: right, y: box.y }, { x: right, y: low }, { x: box.x, y: low }, { x: box.x, y: box.y + ports.bottom }];
}

interface Surroundings {
  from: PlacedNode;
  to: PlacedNode;
  obstacles: readonly PlacedNode[];
  lines: readonly Stretch[];
}

/** What a route costs because of what stands and runs there already. */
function hindrance(points: readonly Point[], { from, to, obstacles, lines }: Surroundings): number {
  let sum = 0;
  for (const [index, end] of points.slice(1).entries()) {
    const start = points[index] ?? end;
    const piece = boxBetween(start, end);
    for (const node of obstacles) {
      // A link begins and ends at the border of its own nodes, and may not run through them, either.
      const around = node === from || node === to ? -1 : CLEARANCE;
      if (meets(piece, grown(bodyOf(node, node === from || node === to), around))) sum += cost.collision;
    }
    for (const line of lines) sum += encounter(piece, line);
  }
  return sum;
}

/** Its own figure is what a link may not run through; the text of others it leaves alone, too. */
function bodyOf({ box, ports }: PlacedNode, isOwn: boolean): Box {
  if (!isOwn) return box;
  return {
    x: box.x + (ports.right - ports.left) / 2,
    y: box.y + (ports.bottom - ports.top) / 2,
    width: ports.left + ports.right,
    height: ports.top + ports.bottom,
  };
}

function encounter(piece: Box, line: Stretch): number {
  const other = boxBetween(line.start, line.end);
  if (!meets(grown(piece, 3), grown(other, 2))) return 0;
  const isParallel = piece.width > piece.height === other.width > other.height;
  return isParallel ? cost.overlap : cost.cross;
}

function straighten(points: readonly Point[]): Point[] {
  const kept: Point[] = [];
  for (const point of points) {
    const last = kept.at(-1);
    if (last !== undefined && isSame(last.x, point.x) && isSame(last.y, point.y)) continue;
    const before = kept.at(-2);
    const isOnLine =
      last !== undefined && before !== undefined &&
      ((isSame(before.x, last.x) && isSame(last.x, point.x)) || (isSame(before.y, last.y) && isSame(last.y, point.y)));
    if (isOnLine) kept.pop();
    kept.push(point);
  }
  return kept;
}

function areaOf(one: Box, other: Box): Box {
  const between = boxBetween(one, other);
  return { ...between, width: between.width + 2 * DETOUR, height: between.height + 2 * DETOUR };
}

function boxBetween(one: Point, other: Point): Box {
  return { x: (one.x + other.x) / 2, y: (one.y + other.y) / 2, width: Math.abs(one.x - other.x), height: Math.abs(one.y - other.y) };
}

function grown(box: Box, by: number): Box {
  return { ...box, width: box.width + 2 * by, height: box.height + 2 * by };
}

function meets(one: Box, other: Box): boolean {
  return Math.abs(one.x - other.x) * 2 < one.width + other.width && Math.abs(one.y - other.y) * 2 < one.height + other.height;
}

function isSame(one: number, other: number): boolean {
  return Math.abs(one - other) < 0.01;
}

function distance(one: Point, other: Point): number {
  return Math.abs(one.x - other.x) + Math.abs(one.y - other.y);
}
