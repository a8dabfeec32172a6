import type { Direction, LayoutNode } from './geometry';
import { blockOf, lanesOf, type Block } from './lanes';
import type { LayoutOptions, SizedLink, SizedNode } from './layout';

/** A pane narrower than this has a flow drawn downwards, and lets ends hang. */
export const NARROW_WIDTH = 600;

/** What a node, with its lane, takes: from its middle across, and along by how much it is off the middle. */
export interface Extent {
  shift: number;
  low: number;
  high: number;
}

/** The nodes of a diagram with each lane folded into the node that it belongs to. */
export interface Folded {
  free: LayoutNode[];
  extents: Map<string, Extent>;
  blocks: Map<string, Block>;
  /** The nodes inside blocks. */
  members: Set<string>;
}

export function fold(nodes: readonly SizedNode[], links: readonly SizedLink[], options: LayoutOptions): Folded {
  const { direction, pane } = options;
  const known = new Map(nodes.map((node) => [node.id, node]));
  const hang = direction === 'down' && pane !== null && pane.width < NARROW_WIDTH;
  const folded: Folded = { free: [], extents: new Map(), blocks: new Map(), members: new Set() };
  for (const [parent, ids] of lanesOf(nodes, links, hang)) {
    const node = known.get(parent);
    if (node === undefined) continue;
    folded.blocks.set(parent, blockOf(node, ids.flatMap((id) => known.get(id) ?? []), direction));
    for (const id of ids) folded.members.add(id);
  }
  for (const node of nodes) {
    if (folded.members.has(node.id)) continue;
    const block = folded.blocks.get(node.id) ?? alone(node);
    const { size, extent } = roomOf(block, direction);
    folded.free.push({ id: node.id, parent: node.parent, ...size });
    folded.extents.set(node.id, extent);
  }
  return folded;
}

type Reaches = Pick<Block, 'left' | 'right' | 'top' | 'bottom'>;

function alone({ width, height }: SizedNode): Reaches {
  return { left: -width / 2, right: width / 2, top: -height / 2, bottom: height / 2 };
}

/** Across, a block takes the same on both sides, so that its node stays in line with its neighbours. */
function roomOf(reaches: Reaches, direction: Direction): { size: { length: number; breadth: number }; extent: Extent } {
  const [start, end, low, high] =
    direction === 'right'
      ? [reaches.left, reaches.right, reaches.top, reaches.bottom]
      : [reaches.top, reaches.bottom, reaches.left, reaches.right];
  return {
    size: { length: end - start, breadth: 2 * Math.max(high, -low) },
    extent: { shift: (start + end) / 2, low, high },
  };
}
