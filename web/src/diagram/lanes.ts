import type { Box, Point } from './figures';
import { gaps, type Direction } from './geometry';

interface Sized {
  id: string;
  width: number;
  height: number;
  parent?: string;
}

/** A node with its hosts, laid out as one block; everything is relative to the middle of the node. */
export interface Block {
  parts: Map<string, Box>;
  /** The frame around the hosts. */
  frame: Box;
  /** How far all of it reaches. */
  left: number;
  right: number;
  top: number;
  bottom: number;
  /** The line to each host; it begins at the middle of the node's lower (right) side. */
  lines: Map<string, Point[]>;
}

const HOSTS_IN_A_COLUMN = { right: 6, down: 12 };
/** Where the line runs from which each host's branches off, from the edge of the frame. */
const TRUNK = 9;
/** So many ends of one node hang below it on a narrow pane, where they have no room side by side. */
const HANGING = 4;

/**
 * Which nodes stand in a lane, by the node they belong to: those with a `parent` and without links of
 * their own, and, when `hang` is set, the many ends of one node.
 */
export function lanesOf(
  nodes: readonly Sized[],
  links: readonly { from: string; to: string }[],
  hang: boolean,
): Map<string, string[]> {
  const known = new Map(nodes.map((node) => [node.id, node]));
  const sources = new Map<string, Set<string>>();
  const begins = new Set<string>();
  for (const { from, to } of links) {
    begins.add(from);
    const into = sources.get(to) ?? new Set();
    sources.set(to, into.add(from));
  }
  const lanes = new Map<string, string[]>();
  const hanging = new Map<string, string[]>();
  for (const { id, parent } of nodes) {
    if (begins.has(id)) continue;
    const [from, ...others] = sources.get(id) ?? [];
    if (parent !== undefined && parent !== id && known.get(parent)?.parent === undefined && known.has(parent)) {
      if (others.length === 0 && (from === undefined || from === parent)) append(lanes, parent, id);
    } else if (hang && others.length === 0 && from !== undefined && from !== id) {
      append(hanging, from, id);
    }
  }
  for (const [parent, ends] of hanging) {
    const alone = links.every(({ from, to }) => from !== parent || ends.includes(to));
    if (alone && ends.length >= HANGING && !lanes.has(parent)) lanes.set(parent, ends);
  }
  // A node of a lane has no lane of its own: blocks do not nest.
  const members = new Set([...lanes.values()].flat());
  for (const parent of lanes.keys()) if (members.has(parent)) lanes.delete(parent);
  return lanes;
}

function append(lanes: Map<string, string[]>, parent: string, id: string): void {
  const lane = lanes.get(parent);
  if (lane === undefined) lanes.set(parent, [id]);
  else lane.push(id);
}

/** To the right, the lane stands below its node; down, beside it: so it never stands in the flow's way. */
export function blockOf(node: Sized, hosts: readonly Sized[], direction: Direction): Block {
  const columns: Sized[][] = [];
  const perColumn = Math.max(HOSTS_IN_A_COLUMN[direction], Math.ceil(Math.sqrt(hosts.length)));
  for (let first = 0; first < hosts.length; first += perColumn) columns.push(hosts.slice(first, first + perColumn));

  const down = direction === 'down';
  const trunk = gaps.lane + 14;
  const start = down
    ? { x: node.width / 2 + gaps.lane, y: -node.height / 2 }
    : { x: -node.width / 2, y: node.height / 2 + gaps.lane };
  const bus = down ? start.y + gaps.lane / 2 - 1 : node.height / 2 + gaps.lane + gaps.lane / 2 - 1;
  const firstRow = down && columns.length === 1 ? start.y : start.y + gaps.lane;

  const parts = new Map<string, Box>();
  const lines = new Map<string, Point[]>();
  let x = start.x;
  let bottom = firstRow;
  for (const [index, column] of columns.entries()) {
    const width = Math.max(...column.map((host) => host.width));
    const left = x + trunk;
    let y = firstRow;
    for (const host of column) {
      const box = { x: left + width / 2, y: y + host.height / 2, width: host.width, height: host.height };
      parts.set(host.id, box);
      lines.set(host.id, lineTo(box, { trunk: x + TRUNK, bus, node, down, isFirst: index === 0 }));
      y += host.height + gaps.lane / 2 + 2;
    }
    bottom = Math.max(bottom, y - gaps.lane / 2 - 2);
    x = left + width;
  }
  const right = x + gaps.lane - 2;
  bottom += gaps.lane - 2;
  const top = down && columns.length === 1 ? start.y - gaps.lane + 2 : start.y;
  const frame = { x: (start.x + right) / 2, y: (top + bottom) / 2, width: right - start.x, height: bottom - top };
  return {
    parts,
    frame,
    lines,
    left: -node.width / 2,
    right: Math.max(right, node.width / 2),
    top: Math.min(top, -node.height / 2),
    bottom: Math.max(bottom, node.height / 2),
  };
}

interface Trunk {
  trunk: number;
  bus: number;
  node: Sized;
  down: boolean;
  isFirst: boolean;
}

function lineTo(host: Box, { trunk, bus, node, down, isFirst }: Trunk): Point[] {
  const end = { x: host.x - host.width / 2, y: host.y };
  const middle = { x: trunk, y: host.y };
  if (!down) {
    return [{ x: 0, y: node.height / 2 }, { x: 0, y: bus }, { x: trunk, y: bus }, middle, end];
  }
  const begin = { x: node.width / 2, y: 0 };
  const stem = node.width / 2 + gaps.lane / 2;
  if (isFirst) return [begin, { x: trunk, y: 0 }, middle, end];
  return [begin, { x: stem, y: 0 }, { x: stem, y: bus }, { x: trunk, y: bus }, middle, end];
}
