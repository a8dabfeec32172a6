import { routeAround, stretchesOf, turnsOf, type PlacedNode, type Stretch } from './detours';
import type { Box, Point } from './figures';
import { gaps } from './geometry';
import { placeLabels } from './labels';
import { blockOf, lanesOf } from './lanes';
import { boundsOf, layoutDiagram, type Layout, type SizedLink, type SizedNode } from './layout';

/** A node, and where somebody put it. */
export type SizedPlace = SizedNode & { at?: readonly [number, number] };

/** Whether somebody put nodes where they stand: then the others go along with them, and nothing else moves. */
export function isPlaced(nodes: readonly { at?: readonly [number, number] }[]): boolean {
  return nodes.some(({ at }) => at !== undefined);
}

/** Where everything stands when people have placed nodes; what has no place stands where it would beside those that have. */
export function layoutPlaced(nodes: readonly SizedPlace[], links: readonly SizedLink[]): Layout {
  const lanes = lanesOf(nodes, links, false);
  const hosts = new Set([...lanes.values()].flat());
  const boxes = boxesOf(nodes.filter(({ id }) => !hosts.has(id)), nodes, links);
  const frames = new Map<string, Box>();
  const routes = new Map<string, Point[]>();
  const known = new Map(nodes.map((node) => [node.id, node]));
  for (const [parent, ids] of lanes) {
    const [node, at] = [known.get(parent), boxes.get(parent)];
    if (node === undefined || at === undefined) continue;
    const block = blockOf(node, ids.flatMap((id) => known.get(id) ?? []), 'right');
    frames.set(parent, moved(block.frame, at));
    for (const [id, part] of block.parts) boxes.set(id, moved(part, at));
    for (const { id, from, to } of links) {
      const line = from === parent ? block.lines.get(to) : undefined;
      if (line !== undefined) routes.set(id, [{ x: at.x, y: at.y + node.ports.bottom }, ...line.slice(1).map(({ x, y }) => ({ x: x + at.x, y: y + at.y }))]);
    }
  }
  const placed = new Map<string, PlacedNode>();
  for (const { id, ports } of nodes) {
    const box = boxes.get(id);
    if (box !== undefined) placed.set(id, { box, ports });
  }
  const taken: Stretch[] = [];
  const turns = turnsOf(links);
  for (const link of links) {
    if (routes.has(link.id)) continue;
    const points = routeAround({ ...link, turn: turns.get(link.id) }, placed, taken);
    routes.set(link.id, points);
    taken.push(...stretchesOf(link, points));
  }
  const labels = placeLabels(links, { boxes, routes }, true);
  return { boxes, routes, labels, frames, bounds: boundsOf({ boxes, routes, labels, frames }, links) };
}

function boxesOf(standing: readonly SizedPlace[], nodes: readonly SizedNode[], links: readonly SizedLink[]): Map<string, Box> {
  const boxes = new Map<string, Box>();
  for (const { id, at, width, height } of standing) if (at !== undefined) boxes.set(id, { x: at[0], y: at[1], width, height });
  const open = standing.filter(({ at }) => at === undefined);
  if (open.length === 0) return boxes;
  const usual = layoutDiagram(nodes, links, { layout: 'layered', direction: 'right', pane: null }).boxes;
  for (const { id } of open) {
    const own = usual.get(id);
    if (own === undefined) continue;
    const beside = anchorOf(id, links, boxes);
    const [there, here] = [boxes.get(beside ?? ''), usual.get(beside ?? '')];
    const box = there === undefined || here === undefined ? own : moved(own, { x: there.x - here.x, y: there.y - here.y });
    boxes.set(id, freeOf(box, boxes));
  }
  return boxes;
}

/** The node beside which one belongs: one that leads to it, one that it leads to, or any. */
function anchorOf(id: string, links: readonly SizedLink[], boxes: ReadonlyMap<string, Box>): string | undefined {
  const before = links.find(({ from, to }) => to === id && boxes.has(from))?.from;
  return before ?? links.find(({ from, to }) => from === id && boxes.has(to))?.to ?? boxes.keys().next().value;
}

/** The box, further down as long as others are in its way. */
export function freeOf(box: Box, boxes: ReadonlyMap<string, Box>): Box {
  const free = { ...box };
  const others = [...boxes.values()].sort((one, other) => one.y - other.y);
  for (const other of others) {
    const isBeside = Math.abs(other.x - free.x) * 2 >= other.width + free.width + gaps.node;
    const isAway = Math.abs(other.y - free.y) * 2 >= other.height + free.height + gaps.node;
    if (!isBeside && !isAway) free.y = other.y + (other.height + free.height) / 2 + gaps.node;
  }
  return free;
}

function moved(box: Box, by: Point): Box {
  return { ...box, x: box.x + by.x, y: box.y + by.y };
}
