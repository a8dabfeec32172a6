import { fold, type Folded } from './blocks';
import type { Box, Point } from './figures';
import type { Arrangement, Direction, LayoutLink, Spot } from './geometry';
import { labelBox, placeLabels, type LinkLabel } from './labels';
import { arrangeInLayers } from './layered';
import { Ranks, type Row } from './ranks';
import { Router, type Reach, type RoutedLink, type Stop } from './routing';
import { arrangeAsTree } from './tree';

export interface SizedNode {
  id: string;
  /** The room it needs, the same on both sides of its figure's middle. */
  width: number;
  height: number;
  /** How far its figure reaches from the middle, where links touch it. */
  ports: { left: number; right: number; top: number; bottom: number };
  parent?: string;
}

export interface SizedLink {
  id: string;
  from: string;
  to: string;
  /** The width of its text; 0 without one. */
  label: number;
}

export interface LayoutOptions {
  layout: 'layered' | 'tree';
  direction: Direction;
  /** The size of the pane: long flows to the right go on in further rows, and ends hang on a narrow one. */
  pane: { width: number; height: number } | null;
}

export interface Bounds {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

export interface Layout {
  /** By node: its middle, and the room that it takes. */
  boxes: Map<string, Box>;
  /** By link: its corners, from border to border. */
  routes: Map<string, Point[]>;
  /** By link: where its text stands, if it has one. */
  labels: Map<string, LinkLabel>;
  /** The frames of lanes, by the node they belong to. */
  frames: Map<string, Box>;
  bounds: Bounds;
}

export const nothingPlaced: Layout = {
  boxes: new Map(),
  routes: new Map(),
  labels: new Map(),
  frames: new Map(),
  bounds: { left: 0, top: 0, right: 0, bottom: 0 },
};

/** Where everything stands. Only ids, sizes and links count, so a change of state never moves anything. */
export function layoutDiagram(nodes: readonly SizedNode[], links: readonly SizedLink[], options: LayoutOptions): Layout {
  const known = new Map(nodes.map((node) => [node.id, node]));
  const drawn = links.filter(({ from, to }) => known.has(from) && known.has(to));
  const folded = fold(nodes, drawn, options);
  const outer = drawn
    .filter(({ from, to }) => !folded.members.has(from) && !folded.members.has(to))
    .map((link): LayoutLink => ({ ...link, label: labelRoom(link.label, options.direction) }));
  const { arrangement, ranks, rows } = arrangeInRows(folded, outer, options);

  const stops = new Map<string, Stop>();
  for (const { id } of folded.free) {
    const area = arrangement.areas.get(id);
    const node = known.get(id);
    const index = rows.findLastIndex((row) => row.begin <= ranks.columnOf(id));
    const row = rows[index];
    if (area === undefined || node === undefined || row === undefined) continue;
    const shift = folded.extents.get(id)?.shift ?? 0;
    const main = area.main + row.shift.main - shift;
    const cross = area.cross + row.shift.cross;
    stops.set(id, stopOf(node, { main, cross }, { row: index, column: ranks.columnOf(id) - row.begin }, options.direction));
  }
  unfold(folded, known, stops, options.direction);

  const routed = outer.map((link): RoutedLink => ({ ...link, vias: viasOf(link, ranks, rows, stops) }));
  const spots = new Router(stops, rows, routed).route(routed);
  return draw({ folded, nodes, links: drawn, stops, spots, direction: options.direction });
}

interface Arranged {
  arrangement: Arrangement;
  ranks: Ranks;
  rows: Row[];
}

function arrangeInRows({ free, extents }: Folded, links: readonly LayoutLink[], options: LayoutOptions): Arranged {
  const { layout, direction, pane } = options;
  // A tree keeps its shape; a column goes on downwards, where a page scrolls anyhow.
  const mayBreak = layout === 'layered' && direction === 'right' && pane !== null;
  const arrange = layout === 'tree' ? arrangeAsTree : arrangeInLayers;
  const attempt = (arranged: readonly LayoutLink[]): Arranged => {
    const arrangement = arrange(free, arranged);
    const ranks = new Ranks(arrangement, extents, links);
    const begins = mayBreak ? ranks.breaks({ length: pane.width, breadth: pane.height }) : [0];
    return { arrangement, ranks, rows: ranks.rows(begins) };
  };
  const first = attempt(links);
  if (first.rows.length === 1) return first;
  // Long links that go into another row run between the rows: nothing has to stand aside for them in a row.
  const rowOf = (id: string): number => first.rows.findLastIndex((row) => row.begin <= first.ranks.columnOf(id));
  const isLong = ({ from, to }: LayoutLink): boolean =>
    rowOf(from) !== rowOf(to) && Math.abs(first.ranks.columnOf(from) - first.ranks.columnOf(to)) > 1;
  const short = links.filter((link) => !isLong(link));
  const leaving = new Set(short.map(({ from }) => from));
  const arriving = new Set(short.map(({ to }) => to));
  const kept = links.filter((link) => !isLong(link) || !leaving.has(link.from) || !arriving.has(link.to));
  return kept.length === links.length ? first : attempt(kept);
}

/** The gap between ranks has room for short texts already. */
function labelRoom(label: number, direction: Direction): number {
  if (label === 0) return 0;
  return direction === 'right' ? Math.max(0, label - 16) : 12;
}

function stopOf(node: SizedNode, spot: Spot, place: { row: number; column: number }, direction: Direction): Stop {
  const { left, right, top, bottom } = node.ports;
  const [length, breadth] = direction === 'right' ? [node.width, node.height] : [node.height, node.width];
  const reach: Reach =
    direction === 'right'
      ? { start: left, end: right, low: top, high: bottom }
      : { start: top, end: bottom, low: left, high: right };
  return { ...spot, ...place, length, breadth, reach };
}

/** Puts the nodes of lanes beside the nodes that they belong to. */
function unfold(folded: Folded, known: Map<string, SizedNode>, stops: Map<string, Stop>, direction: Direction): void {
  for (const [parent, block] of folded.blocks) {
    const stop = stops.get(parent);
    if (stop === undefined) continue;
    for (const [id, { x, y }] of block.parts) {
      const node = known.get(id);
      if (node === undefined) continue;
      const [along, across] = direction === 'right' ? [x, y] : [y, x];
      const spot = { main: stop.main + along, cross: stop.cross + across };
      stops.set(id, stopOf(node, spot, { row: stop.row, column: stop.column }, direction));
    }
  }
}

/** By column of the row; none when the link goes on in another row. */
function viasOf(link: LayoutLink, ranks: Ranks, rows: readonly Row[], stops: Map<string, Stop>): Map<number, number> {
  const from = stops.get(link.from);
  const to = stops.get(link.to);
  const row = rows[from?.row ?? 0];
  if (row === undefined || from?.row !== to?.row) return new Map();
  return new Map([...ranks.viasOf(link)].map(([rank, cross]) => [rank - row.begin, cross + row.shift.cross]));
}

interface Placed {
  folded: Folded;
  nodes: readonly SizedNode[];
  links: readonly SizedLink[];
  stops: Map<string, Stop>;
  spots: Map<string, Spot[]>;
  direction: Direction;
}

/** From the two axes back to x and y. */
function draw({ folded, nodes, links, stops, spots, direction }: Placed): Layout {
  const pointOf = ({ main, cross }: Spot): Point => (direction === 'right' ? { x: main, y: cross } : { x: cross, y: main });
  const boxes = new Map<string, Box>();
  for (const { id, width, height } of nodes) {
    const stop = stops.get(id);
    if (stop !== undefined) boxes.set(id, { ...pointOf(stop), width, height });
  }
  const routes = new Map([...spots].map(([id, corners]) => [id, corners.map(pointOf)]));
  const frames = new Map<string, Box>();
  for (const [parent, block] of folded.blocks) {
    const at = boxes.get(parent);
    if (at === undefined) continue;
    const isLane = nodes.some((node) => node.parent === parent && folded.members.has(node.id));
    if (isLane) frames.set(parent, { ...block.frame, x: block.frame.x + at.x, y: block.frame.y + at.y });
    const ports = nodes.find(({ id }) => id === parent)?.ports;
    for (const { id, from, to } of links) {
      const line = from === parent ? block.lines.get(to) : undefined;
      if (line === undefined) continue;
      const route = line.map((point) => ({ x: point.x + at.x, y: point.y + at.y }));
      // A figure may be smaller than the room of its node, and lines begin at the figure.
      if (ports !== undefined) route[0] = direction === 'right' ? { x: at.x, y: at.y + ports.bottom } : { x: at.x + ports.right, y: at.y };
      routes.set(id, route);
    }
  }
  const labels = placeLabels(links, { boxes, routes }, direction === 'right');
  return { boxes, routes, labels, frames, bounds: boundsOf({ boxes, routes, labels, frames }, links) };
}

type Drawn = Omit<Layout, 'bounds'>;

export function boundsOf({ boxes, routes, labels, frames }: Drawn, links: readonly SizedLink[]): Bounds {
  const bounds = { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity };
  const include = (x: number, y: number) => {
    bounds.left = Math.min(bounds.left, x);
    bounds.right = Math.max(bounds.right, x);
    bounds.top = Math.min(bounds.top, y);
    bounds.bottom = Math.max(bounds.bottom, y);
  };
  const texts = links.flatMap(({ id, label: width }) => {
    const label = labels.get(id);
    return label === undefined ? [] : [labelBox(label, width)];
  });
  for (const { x, y, width, height } of [...boxes.values(), ...frames.values(), ...texts]) {
    include(x - width / 2, y - height / 2);
    include(x + width / 2, y + height / 2);
  }
  for (const { x, y } of [...routes.values()].flat()) include(x, y);
  return bounds.left <= bounds.right ? bounds : { left: 0, top: 0, right: 0, bottom: 0 };
}
