import { expect, test } from 'vitest';
import { aligned } from './aligning';
import { insertPart, partFrom, partOf, textOf } from './clipboard';
import { addNode, arrange, connect, insertInto, mayConnect, placeAll, remove, rename } from './commands';
import { randomOf, smallFlow, spin } from './testing/wheel';

const spots = new Map([
  ['start', [0, 0]],
  ['lead', [100, 0]],
  ['end', [200, 0]],
] as const);

test('a node gets an identifier that is free, and what most flows say there', () => {
  const draft = smallFlow();
  expect([addNode(draft, 'approve', null), addNode(draft, 'approve', null)]).toEqual(['approve', 'approve_2']);
  expect(draft.nodes.at(-1)).toMatchObject({ kind: 'approve', who: ['manager'] });
  expect(draft.layout).toBeUndefined();
});

test('nothing leads into a start, out of an end, to itself or twice', () => {
  const flow = smallFlow();
  expect(mayConnect(flow, 'lead', 'start')).toBe(false);
  expect(mayConnect(flow, 'end', 'lead')).toBe(false);
  expect(mayConnect(flow, 'lead', 'lead')).toBe(false);
  expect(mayConnect(flow, 'start', 'lead')).toBe(false);
  expect(mayConnect(flow, 'start', 'end')).toBe(true);
});

test('the first link of a condition is taken otherwise, the next ones ask when', () => {
  const draft = smallFlow();
  const id = addNode(draft, 'condition', null);
  connect(draft, id, 'lead');
  connect(draft, id, 'end');
  expect(draft.links.slice(2)).toEqual([
    { from: id, to: 'lead', otherwise: true },
    { from: id, to: 'end', when: '' },
  ]);
});

test('a node that is put into a link stands between its ends', () => {
  const draft = smallFlow();
  insertInto(draft, 'lead→end#1', addNode(draft, 'cc', null));
  expect(draft.links.map(({ from, to }) => `${from} ${to}`)).toEqual(['start lead', 'lead cc', 'cc end']);
});

test('what names a node goes with it', () => {
  const draft = smallFlow();
  placeAll(draft, spots, new Map([['lead', [120, 10]]]));
  const other = addNode(draft, 'approve', [300, 0]);
  const node = draft.nodes.find(({ id }) => id === other);
  if (node?.kind === 'approve') node.return_to = ['lead', 'start'];
  remove(draft, ['lead']);
  expect(draft.links).toEqual([]);
  expect(Object.keys(draft.layout ?? {})).toEqual(['start', 'end', other]);
  expect(draft.nodes.find(({ id }) => id === other)).toMatchObject({ return_to: ['start'] });
});

test('once a node is moved every node has its place, until all are arranged', () => {
  const draft = smallFlow();
  placeAll(draft, spots, new Map([['lead', [123.4, 1e9]]]));
  expect(draft.layout).toEqual({ start: [0, 0], lead: [123, 100_000], end: [200, 0] });
  arrange(draft);
  expect(draft.layout).toBeUndefined();
});

test('renaming in one language leaves the other', () => {
  const draft = smallFlow();
  rename(draft, 'lead', 'Boss', 'en');
  expect(draft.nodes[1]?.name).toEqual({ zh: '审批', en: 'Boss' });
});

test('a copy goes into another flow as text, with its links, under free identifiers', () => {
  const part = partOf(smallFlow(), ['start', 'lead', 'end'], spots);
  const read = part === null ? null : partFrom(textOf(part));
  expect(read?.nodes.map(({ id }) => id)).toEqual(['lead', 'end']);
  const draft = smallFlow();
  const ids = read === null ? [] : insertPart(draft, read, spots, { around: [1_000, 500] });
  expect(ids).toEqual(['lead_2', 'end_2']);
  expect(draft.links.at(-1)).toEqual({ from: 'lead_2', to: 'end_2' });
  expect(draft.layout).toMatchObject({ lead: [100, 0], lead_2: [950, 500], end_2: [1_050, 500] });
});

test('a text that is no part of a flow is left alone', () => {
  for (const text of ['', 'hello', '{"countersign/flow-part":1}', '{"countersign/flow-part":1,"nodes":[{"id":"A B"}],"links":[],"places":{}}']) {
    expect(partFrom(text)).toBeNull();
  }
});

test('nodes are aligned by their edges, and spread with equal gaps', () => {
  const box = (x: number, y: number, width: number) => ({ x, y, width, height: 40 });
  const boxes = new Map([
    ['a', box(50, 0, 100)],
    ['b', box(120, 60, 40)],
    ['c', box(400, 10, 60)],
  ]);
  expect([...aligned(boxes, 'alignLeft').values()].map(([x]) => x)).toEqual([50, 20, 30]);
  const spread = aligned(boxes, 'spreadAcross');
  expect([...spread.values()].map(([x]) => x)).toEqual([50, 255 - 20, 400]);
});

test.each([1, 2, 3, 4, 5, 6])('links lead from node to node, and places are of nodes, whatever is done (%i)', (seed) => {
  const random = randomOf(seed);
  const draft = smallFlow();
  for (let step = 0; step < 120; step += 1) spin(draft, random);
  const ids = draft.nodes.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const { from, to } of draft.links) expect(ids).toEqual(expect.arrayContaining([from, to]));
  for (const id of Object.keys(draft.layout ?? {})) expect(ids).toContain(id);
});
