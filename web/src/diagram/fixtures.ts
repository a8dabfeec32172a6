// Graphs for tests.
import type { Box } from './figures';
import type { Direction } from './geometry';
import type { LayoutOptions, SizedLink, SizedNode } from './layout';

/** A small generator, so that a failed case can be run again by its number. */
function randomOf(seed: number): (below: number) => number {
  let state = seed * 2_654_435_761 + 1;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

export function node(id: string, width = 118, height = 48, parent?: string): SizedNode {
  return { id, width, height, parent, ports: { left: width / 2, right: width / 2, top: height / 2, bottom: height / 2 } };
}

export function link(from: string, to: string, label = 0): SizedLink {
  return { id: `${from}>${to}`, from, to, label };
}

export function randomGraph(seed: number): { nodes: SizedNode[]; links: SizedLink[] } {
  const random = randomOf(seed);
  const count = 1 + random(24);
  const nodes = Array.from({ length: count }, (_, index) => node(`n${index}`, 60 + random(120), 40 + random(50)));
  const links = new Map<string, SizedLink>();
  for (let made = random(count * 2); made > 0; made -= 1) {
    const added = link(`n${random(count)}`, `n${random(count)}`, random(3) === 0 ? 44 * (1 + random(3)) : 0);
    links.set(added.id, added);
  }
  const hosts = random(4) === 0 ? 1 + random(9) : 0;
  for (let host = 0; host < hosts; host += 1) nodes.push(node(`h${host}`, 118, 42, `n${random(count)}`));
  return { nodes, links: [...links.values()] };
}

/** Each way to lay a diagram out. */
export const options: LayoutOptions[] = (['layered', 'tree'] as const).flatMap((layout) =>
  (['right', 'down'] as Direction[]).flatMap((direction) =>
    [null, { width: 340, height: 500 }, { width: 1000, height: 500 }].map((pane) => ({ layout, direction, pane })),
  ),
);

export function overlaps(one: Box, other: Box): boolean {
  return Math.abs(one.x - other.x) < (one.width + other.width) / 2 - 0.01 && Math.abs(one.y - other.y) < (one.height + other.height) / 2 - 0.01;
}
