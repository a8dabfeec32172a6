import { expect, test } from 'vitest';
import { link, node, overlaps, randomGraph } from './fixtures';
import type { Point } from './figures';
import { layoutDiagram } from './layout';
import { layoutPlaced } from './placed';
import { Rerouting } from './rerouting';

function isAlongTheAxes(points: readonly Point[]): boolean {
  return points.slice(1).every((point, index) => {
    const before = points[index] ?? point;
    return Math.abs(point.x - before.x) < 0.01 || Math.abs(point.y - before.y) < 0.01;
  });
}

const at = (id: string, x: number, y: number) => ({ ...node(id), at: [x, y] as const });

test('a node stands where somebody put it', () => {
  const { boxes } = layoutPlaced([at('a', 0, 0), at('b', 300, 40)], [link('a', 'b')]);
  expect(boxes.get('b')).toMatchObject({ x: 300, y: 40 });
});

test('a link goes around the node that stands between its ends', () => {
  const nodes = [at('a', 0, 0), at('wall', 200, 0), at('b', 400, 0)];
  const { routes, boxes } = layoutPlaced(nodes, [link('a', 'b')]);
  const route = routes.get('a>b') ?? [];
  const wall = boxes.get('wall');
  expect(route.length).toBeGreaterThan(2);
  for (const [index, end] of route.slice(1).entries()) {
    const start = route[index] ?? end;
    const piece = { x: (start.x + end.x) / 2, y: (start.y + end.y) / 2, width: Math.abs(start.x - end.x), height: Math.abs(start.y - end.y) };
    expect(wall === undefined || overlaps(piece, wall)).toBe(false);
  }
});

test('a link to a node below goes straight down', () => {
  const { routes } = layoutPlaced([at('a', 0, 0), at('b', 0, 200)], [link('a', 'b')]);
  expect(routes.get('a>b')).toEqual([{ x: 0, y: 24 }, { x: 0, y: 176 }]);
});

test('a node without a place stands beside the one that leads to it, over no other', () => {
  const { boxes } = layoutPlaced([at('a', 500, 500), at('b', 700, 500), node('c')], [link('a', 'b'), link('a', 'c')]);
  const [b, c] = [boxes.get('b'), boxes.get('c')];
  expect(c?.x).toBeGreaterThan(500);
  expect(b !== undefined && c !== undefined && overlaps(b, c)).toBe(false);
});

test.each(Array.from({ length: 20 }, (_, seed) => seed))('every link of a random drawing has a way along the axes, also while nodes move (%i)', (seed) => {
  const { nodes, links } = randomGraph(seed);
  const usual = layoutDiagram(nodes, links, { layout: 'layered', direction: 'right', pane: null });
  const placed = nodes.map((one) => ({ ...one, at: [Math.round(usual.boxes.get(one.id)?.x ?? 0), Math.round(usual.boxes.get(one.id)?.y ?? 0)] as const }));
  const layout = layoutPlaced(placed, links);
  for (const { id } of links) expect(isAlongTheAxes(layout.routes.get(id) ?? []), id).toBe(true);
  const moved = new Set(nodes.filter((_, index) => index % 3 === 0).map(({ id }) => id));
  const { boxes, routes } = new Rerouting(layout, nodes, links, moved).by({ x: 30, y: -70 });
  expect(new Set(boxes.keys())).toEqual(moved);
  for (const [id, route] of routes) expect(isAlongTheAxes(route), id).toBe(true);
  expect([...routes.keys()].every((id) => links.some((one) => one.id === id && (moved.has(one.from) || moved.has(one.to))))).toBe(true);
});
