import type { Anchor } from './drawing';
import type { Box, Point } from './figures';

/*
 * Where the texts of links stand: near the beginning of the line, so that one reads the choice where it is made, on
 * the first stretch that the link has for itself, and over nothing else.
 */

export interface LinkLabel extends Point {
  anchor: Anchor;
  /** How long the text may be. */
  room: number;
}

export interface LabelledLink {
  id: string;
  /** The width of its text; 0 without one. */
  label: number;
}

interface Stretch {
  link: string;
  from: Point;
  to: Point;
}

/** What stands in the way of a text. */
interface Obstacles {
  boxes: Box[];
  lines: Stretch[];
}

interface Candidate {
  label: LinkLabel;
  box: Box;
}

const HEIGHT = 14;
/** From the line to the text above it or beside it. */
const BESIDE = 7;
const ABOVE = 6;
/** From the corner where a stretch begins to its text. */
const INSET = 8;
/** Stretches that are shorter are corners. */
const SHORTEST = 12;
/** Where a whole text finds no room, so much of it is shown. */
const LEAST = 44;
/** How far from its line a text reaches at most. */
const REACH = 200;

/** Places the texts one after the other, in the order of the links; every text has a place. */
export function placeLabels(
  links: readonly LabelledLink[],
  { boxes, routes }: { boxes: ReadonlyMap<string, Box>; routes: ReadonlyMap<string, readonly Point[]> },
  isRight: boolean,
): Map<string, LinkLabel> {
  const nodes = [...boxes.values()];
  const lines = [...routes].flatMap(([link, route]) => stretchesOf(link, route));
  const placed = new Map<string, LinkLabel>();
  const taken: Box[] = [];
  for (const { id, label } of links) {
    const route = routes.get(id);
    if (route === undefined || label === 0 || route.length < 2) continue;
    const near = around(route);
    const obstacles = {
      boxes: [...nodes, ...taken].filter((box) => meets(box, near)),
      lines: lines.filter((line) => meets(boxOf(line), near)),
    };
    const { label: place, box } = bestPlace(stretchesOf(id, route), label, obstacles, isRight);
    placed.set(id, place);
    taken.push(box);
  }
  return placed;
}

/** The room that a text takes. */
export function labelBox({ x, y, anchor }: LinkLabel, width: number): Box {
  const middle = anchor === 'middle' ? x : anchor === 'start' ? x + width / 2 : x - width / 2;
  return { x: middle, y: y - 4, width, height: HEIGHT };
}

/** A place over no node, no text and no line; else one over a line; else a shorter text. */
function bestPlace(own: readonly Stretch[], width: number, { boxes, lines }: Obstacles, isRight: boolean): Candidate {
  const free = own.flatMap((stretch) => freeParts(stretch, lines));
  // Lines of others may leave too little of this one: then its text stands where they run together.
  const stretches = [...inOrder(free, isRight), ...inOrder(own, isRight)];
  const widths = width > LEAST ? [width, LEAST] : [width];
  const found = widths.flatMap((one) => stretches.flatMap((stretch) => candidatesOn(stretch, one)));
  const isOverNothing = ({ box }: Candidate) => !boxes.some((other) => meets(other, box));
  const open = found.filter(isOverNothing);
  const best = open.find(({ box }) => !lines.some((line) => meets(boxOf(line), box))) ?? open[0] ?? found[0];
  return best ?? candidateAt({ x: own[0]?.from.x ?? 0, y: own[0]?.from.y ?? 0, anchor: 'start', room: width }, width);
}

/** Along the flow first, as texts are read; from the beginning of the link to its end. */
function inOrder(stretches: readonly Stretch[], isRight: boolean): Stretch[] {
  const isAlong = (stretch: Stretch): boolean => isLevel(stretch) === isRight;
  const long = stretches.filter((stretch) => lengthOf(stretch) > SHORTEST);
  const usable = long.length > 0 ? long : stretches;
  return [...usable.filter(isAlong), ...usable.filter((stretch) => !isAlong(stretch))];
}

/** At the beginning of the stretch, in its middle, at its end; on one side of it, then on the other. */
function candidatesOn(stretch: Stretch, width: number): Candidate[] {
  const { from, to } = stretch;
  const length = lengthOf(stretch);
  const at = (distance: number): Point => ({
    x: from.x + ((to.x - from.x) * distance) / (length || 1),
    y: from.y + ((to.y - from.y) * distance) / (length || 1),
  });
  if (isLevel(stretch)) {
    // The middle of the text; where the stretch is hardly longer than the text, it stands in its middle.
    const half = width / 2 + INSET;
    const places = length < 2 * half + INSET ? [length / 2] : [half, length / 2, length - half];
    return places.flatMap((place) =>
      [-ABOVE, HEIGHT].map((below) => candidateAt({ x: at(place).x, y: at(place).y + below, anchor: 'middle', room: width }, width)),
    );
  }
  const half = HEIGHT / 2 + INSET;
  const places = length < 2 * half ? [length / 2] : [half, length / 2, length - half];
  return places.flatMap((place) => {
    const { x, y } = at(place);
    return [
      candidateAt({ x: x + BESIDE, y: y + 4, anchor: 'start', room: width }, width),
      candidateAt({ x: x - BESIDE, y: y + 4, anchor: 'end', room: width }, width),
    ];
  });
}

function candidateAt(label: LinkLabel, width: number): Candidate {
  return { label, box: labelBox(label, width) };
}

/** The parts of a stretch on which no other link runs. */
function freeParts(stretch: Stretch, lines: readonly Stretch[]): Stretch[] {
  const [along, across] = isLevel(stretch) ? (['x', 'y'] as const) : (['y', 'x'] as const);
  const [begin, end] = [stretch.from[along], stretch.to[along]];
  let parts: [number, number][] = [[Math.min(begin, end), Math.max(begin, end)]];
  for (const other of lines) {
    if (other.link === stretch.link || isLevel(other) !== isLevel(stretch)) continue;
    if (Math.abs(other.from[across] - stretch.from[across]) > 1) continue;
    const [low, high] = [Math.min(other.from[along], other.to[along]), Math.max(other.from[along], other.to[along])];
    parts = parts.flatMap(([from, to]): [number, number][] => {
      if (high <= from || low >= to) return [[from, to]];
      return ([[from, low], [high, to]] as [number, number][]).filter(([one, two]) => two - one > 0.01);
    });
  }
  const point = (value: number): Point => (along === 'x' ? { x: value, y: stretch.from.y } : { x: stretch.from.x, y: value });
  const ordered = begin <= end ? parts : parts.map(([from, to]): [number, number] => [to, from]).reverse();
  return ordered.map(([from, to]) => ({ link: stretch.link, from: point(from), to: point(to) }));
}

function stretchesOf(link: string, route: readonly Point[]): Stretch[] {
  return route.slice(1).map((to, index) => ({ link, from: route[index] ?? to, to }));
}

function isLevel({ from, to }: Stretch): boolean {
  return Math.abs(from.y - to.y) < Math.abs(from.x - to.x);
}

function lengthOf({ from, to }: Stretch): number {
  return Math.hypot(to.x - from.x, to.y - from.y);
}

function boxOf({ from, to }: Stretch): Box {
  return { x: (from.x + to.x) / 2, y: (from.y + to.y) / 2, width: Math.abs(to.x - from.x), height: Math.abs(to.y - from.y) };
}

function around(route: readonly Point[]): Box {
  const [xs, ys] = [route.map(({ x }) => x), route.map(({ y }) => y)];
  const { x, y, width, height } = boxOf({ link: '', from: { x: Math.min(...xs), y: Math.min(...ys) }, to: { x: Math.max(...xs), y: Math.max(...ys) } });
  return { x, y, width: width + 2 * REACH, height: height + 2 * REACH };
}

function meets(one: Box, other: Box): boolean {
  return Math.abs(one.x - other.x) < (one.width + other.width) / 2 && Math.abs(one.y - other.y) < (one.height + other.height) / 2;
}
