import { expect, test } from 'vitest';
import { applyChanges, type DiagramLink, type DiagramModel, type DiagramNode } from './model';

function node(id: string, state: DiagramNode['state'] = 'idle'): DiagramNode {
  return { id, kind: 'approve', shape: 'rounded', text: { zh: id, en: id }, state };
}

function link(from: string, to: string, state: DiagramLink['state'] = 'idle'): DiagramLink {
  return { id: `${from}-${to}`, from, to, state };
}

const model: DiagramModel = {
  nodes: [node('a'), node('b'), node('c')],
  links: [link('a', 'b'), link('b', 'c')],
};

test('a change replaces a node where it stands, and leaves the others what they are', () => {
  const next = applyChanges(model, { nodes: [node('b', 'done')], links: [] });
  expect(next.nodes.map(({ id, state }) => `${id} ${state}`)).toEqual(['a idle', 'b done', 'c idle']);
  expect(next.nodes[0]).toBe(model.nodes[0]);
  expect(next.links).toBe(model.links);
});

test('what is new comes at the end', () => {
  const next = applyChanges(model, { nodes: [node('d')], links: [link('c', 'd', 'live')] });
  expect(next.nodes.map(({ id }) => id)).toEqual(['a', 'b', 'c', 'd']);
  expect(next.links.at(-1)).toEqual(link('c', 'd', 'live'));
});

test('a node takes its links along when it goes', () => {
  const next = applyChanges(model, { nodes: [], links: [], removed_nodes: ['c'] });
  expect(next.nodes.map(({ id }) => id)).toEqual(['a', 'b']);
  expect(next.links.map(({ id }) => id)).toEqual(['a-b']);
});

test('what is changed and removed at once is gone', () => {
  const next = applyChanges(model, { nodes: [node('a', 'done')], links: [], removed_nodes: ['a'], removed_links: ['b-c'] });
  expect(next.nodes.map(({ id }) => id)).toEqual(['b', 'c']);
  expect(next.links).toEqual([]);
});

test('the model before a change stays as it was', () => {
  const before = structuredClone(model);
  applyChanges(model, { nodes: [node('a', 'failed'), node('e')], links: [], removed_nodes: ['b'] });
  expect(model).toEqual(before);
});
