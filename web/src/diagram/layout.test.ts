import { expect, test } from 'vitest';
import type { Box, Point } from './figures';
import { link, node, options, overlaps, randomGraph } from './fixtures';
import { layoutDiagram } from './layout';

/** Random graphs for each way to lay them out. */
const SEEDS = 30;

function isOnBorder({ x, y }: Point, box: Box): boolean {
  const across = Math.abs(x - box.x) - box.width / 2;
  const along = Math.abs(y - box.y) - box.height / 2;
  return Math.abs(Math.max(across, along)) < 0.01;
}

test.each(options)('nodes never overlap: $layout, $direction, $pane.width', (option) => {
  for (let seed = 0; seed < SEEDS; seed += 1) {
    const { nodes, links } = randomGraph(seed);
    const boxes = [...layoutDiagram(nodes, links, option).boxes];
    expect(boxes).toHaveLength(nodes.length);
    for (const [index, [id, box]] of boxes.entries()) {
      const met = boxes.slice(index + 1).find(([, other]) => overlaps(box, other));
      expect({ seed, id, met: met?.[0] }).toEqual({ seed, id, met: undefined });
    }
  }
});

test.each(options)('links go from border to border along the axes: $layout, $direction, $pane.width', (option) => {
  for (let seed = 0; seed < SEEDS; seed += 1) {
    const { nodes, links } = randomGraph(seed);
    const { boxes, routes } = layoutDiagram(nodes, links, option);
    for (const { id, from, to } of links) {
      const route = routes.get(id) ?? [];
      const [source, target] = [boxes.get(from), boxes.get(to)];
      const [first, last] = [route[0], route.at(-1)];
      if (!source || !target || !first || !last) throw new Error(`seed ${seed}: ${id} is not drawn`);
      expect({ seed, id, isOnBorder: isOnBorder(first, source) }).toEqual({ seed, id, isOnBorder: true });
      expect({ seed, id, isOnBorder: isOnBorder(last, target) }).toEqual({ seed, id, isOnBorder: true });
      for (const [index, point] of route.slice(1).entries()) {
        const before = route[index] ?? point;
        const isStraight = Math.abs(before.x - point.x) < 0.6 || Math.abs(before.y - point.y) < 0.6;
        expect({ seed, id, isStraight }).toEqual({ seed, id, isStraight: true });
      }
    }
  }
});

test.each(options)('links pass beside the nodes that are not theirs: $layout, $direction, $pane.width', (option) => {
  for (let seed = 0; seed < SEEDS; seed += 1) {
    const { nodes, links } = randomGraph(seed);
    const { boxes, routes } = layoutDiagram(nodes, links, option);
    for (const { id, from, to } of links) {
      const route = routes.get(id) ?? [];
      const hit = [...boxes].find(([other, box]) => other !== from && other !== to && crosses(route, box));
      expect({ seed, id, hit: hit?.[0] }).toEqual({ seed, id, hit: undefined });
    }
  }
});

function crosses(route: readonly Point[], box: Box): boolean {
  return route.slice(1).some((to, index) => {
    const from = route[index] ?? to;
    const stretch = { x: (from.x + to.x) / 2, y: (from.y + to.y) / 2, width: Math.abs(to.x - from.x), height: Math.abs(to.y - from.y) };
    return overlaps(stretch, { ...box, width: box.width - 1, height: box.height - 1 });
  });
}

const chain = Array.from({ length: 12 }, (_, index) => node(`n${index}`));
const chainLinks = chain.slice(1).map(({ id }, index) => link(`n${index}`, id));

test('a dozen nodes in a row go on in further rows, in order, as large as life', () => {
  const { boxes, bounds } = layoutDiagram(chain, chainLinks, { layout: 'layered', direction: 'right', pane: { width: 900, height: 600 } });
  const places = chain.map(({ id }) => boxes.get(id) ?? { x: 0, y: 0 });
  const inReadingOrder = [...places].sort((one, other) => (Math.abs(one.y - other.y) > 10 ? one.y - other.y : one.x - other.x));
  expect(inReadingOrder).toEqual(places);
  expect(new Set(places.map(({ y }) => Math.round(y))).size).toBeGreaterThan(1);
  expect(bounds.right - bounds.left).toBeLessThanOrEqual(900);
});

test('down, nothing breaks into columns', () => {
  const { boxes } = layoutDiagram(chain, chainLinks, { layout: 'layered', direction: 'down', pane: { width: 340, height: 500 } });
  expect(new Set([...boxes.values()].map(({ x }) => Math.round(x))).size).toBe(1);
});

test('branches are not torn apart when a row has to end', () => {
  const nodes = [...chain.slice(0, 6), node('s1'), node('s2'), node('s3'), node('end')];
  const links = [...chainLinks.slice(0, 5), ...['s1', 's2', 's3'].flatMap((id) => [link('n5', id), link(id, 'end')])];
  const { boxes } = layoutDiagram(nodes, links, { layout: 'layered', direction: 'right', pane: { width: 1000, height: 600 } });
  const [before, server, after] = ['n5', 's2', 'end'].map((id) => boxes.get(id)?.y ?? 0);
  expect(before).toBeCloseTo(server ?? 0);
  expect(after).toBeCloseTo(server ?? 0);
});

test('hosts stand in a lane beside their node, and do not move the flow', () => {
  const hosts = ['h1', 'h2', 'h3'].map((id) => node(id, 118, 42, 'n1'));
  const links = hosts.map(({ id }) => link('n1', id));
  const options = { layout: 'layered', direction: 'right', pane: null } as const;
  const { boxes, frames, routes } = layoutDiagram([...chain, ...hosts], [...chainLinks, ...links], options);
  const frame = frames.get('n1');
  for (const { id } of hosts) expect(overlaps(boxes.get(id) ?? { x: 0, y: 0, width: 0, height: 0 }, frame ?? { x: 0, y: 0, width: 0, height: 0 })).toBe(true);
  expect(boxes.get('n1')?.y).toBeCloseTo(boxes.get('n5')?.y ?? 0);
  expect(routes.get('n1>h3')?.at(-1)).toEqual({ x: (boxes.get('h3')?.x ?? 0) - 59, y: boxes.get('h3')?.y });
});

test('on a narrow pane many ends hang below each other', () => {
  const nodes = [node('zip'), ...Array.from({ length: 5 }, (_, index) => node(`s${index}`))];
  const links = nodes.slice(1).map(({ id }) => link('zip', id));
  const { bounds } = layoutDiagram(nodes, links, { layout: 'tree', direction: 'down', pane: { width: 340, height: 500 } });
  expect(bounds.right - bounds.left).toBeLessThanOrEqual(340);
});

test('a link without one of its ends is not drawn', () => {
  const { routes } = layoutDiagram([node('a')], [link('a', 'gone')], { layout: 'layered', direction: 'right', pane: null });
  expect(routes.size).toBe(0);
});

test('no nodes make an empty diagram', () => {
  const { bounds } = layoutDiagram([], [], { layout: 'layered', direction: 'right', pane: { width: 300, height: 300 } });
  expect(bounds).toEqual({ left: 0, top: 0, right: 0, bottom: 0 });
});

test('branches stand in the order of their links', () => {
  const nodes = ['a', 'x', 'y', 'z', 'b'].map((id) => node(id));
  const links = ['x', 'y', 'z'].flatMap((id) => [link('a', id), link(id, 'b')]);
  const { boxes } = layoutDiagram(nodes, links, { layout: 'layered', direction: 'right', pane: null });
  const [x = 0, y = 0, z = 0] = ['x', 'y', 'z'].map((id) => boxes.get(id)?.y ?? 0);
  expect(x).toBeLessThan(y);
  expect(y).toBeLessThan(z);
});

test('a way back pushes nothing aside', () => {
  const links = [...chainLinks.slice(0, 4), link('n4', 'n1', 44), link('n3', 'n0')];
  const { boxes } = layoutDiagram(chain.slice(0, 5), links, { layout: 'layered', direction: 'right', pane: null });
  expect(new Set([...boxes.values()].map(({ y }) => Math.round(y))).size).toBe(1);
});

test('the text of the outermost link is inside the bounds', () => {
  const links = [link('n0', 'n1'), link('n1', 'n0', 132)];
  const options = { layout: 'layered', direction: 'down', pane: null } as const;
  const { bounds } = layoutDiagram(chain.slice(0, 2), links, options);
  const { bounds: without } = layoutDiagram(chain.slice(0, 2), [link('n0', 'n1'), link('n1', 'n0')], options);
  expect(bounds.right - without.right).toBeGreaterThan(100);
});
