import { expect, test } from 'vitest';
import { applyChanges, type DiagramModel, type DiagramNode } from './model';
import { Scene } from './scene.svelte';

function node(id: string, values: Partial<DiagramNode> = {}): DiagramNode {
  return { id, kind: 'approve', shape: 'rounded', text: { zh: id, en: id }, state: 'idle', ...values };
}

const model: DiagramModel = {
  nodes: [node('a'), node('b'), node('h', { parent: 'b' })],
  links: [{ id: 'ab', from: 'a', to: 'b', state: 'idle' }],
};

function arranged(): Scene {
  const scene = new Scene();
  scene.take(model);
  scene.arrange({ layout: 'layered', direction: 'right', language: 'en', pane: { width: 800, height: 400 } });
  return scene;
}

test('a change of state reaches its node, and lays nothing out anew', () => {
  const scene = arranged();
  const { structure, nodes } = scene;
  const untouched = scene.node('a')?.node;
  scene.take(applyChanges(model, { nodes: [node('b', { state: 'done', note: { zh: '好', en: 'Good' } })], links: [] }));
  expect(scene.node('b')?.node.state).toBe('done');
  expect(scene.node('a')?.node).toBe(untouched);
  expect(scene.structure).toBe(structure);
  expect(scene.nodes).toBe(nodes);
});

test('colours and states of links do not, either', () => {
  const scene = arranged();
  const { structure } = scene;
  scene.take(applyChanges(model, { nodes: [node('a', { colors: { fill: 'red' } })], links: [{ id: 'ab', from: 'a', to: 'b', state: 'live', color: 'red' }] }));
  expect(scene.structure).toBe(structure);
  expect(scene.links.find(({ id }) => id === 'ab')?.link.state).toBe('live');
});

test('another text, another link or another node does', () => {
  const scene = arranged();
  const before = scene.structure;
  const renamed = applyChanges(model, { nodes: [node('a', { text: { zh: '甲', en: 'A' } })], links: [] });
  scene.take(renamed);
  expect(scene.structure).toBe(before + 1);
  scene.take(applyChanges(renamed, { nodes: [node('c')], links: [{ id: 'bc', from: 'b', to: 'c', state: 'idle' }] }));
  expect(scene.structure).toBe(before + 2);
});

test('the line to a host follows the state of the host', () => {
  const scene = arranged();
  const line = () => scene.links.find(({ link }) => link.to === 'h')?.link.state;
  expect(line()).toBe('idle');
  scene.take(applyChanges(model, { nodes: [node('h', { parent: 'b', state: 'failed' })], links: [] }));
  expect(line()).toBe('failed');
});

test('Tab reaches one node: the selected one, else the first', () => {
  const scene = arranged();
  const stops = () => scene.nodes.filter(({ isTabStop }) => isTabStop).map(({ id }) => id);
  expect(stops()).toEqual(['a']);
  scene.select(['b']);
  expect(stops()).toEqual(['b']);
  expect(scene.nodes.filter(({ isSelected }) => isSelected).map(({ id }) => id)).toEqual(['b']);
});
