import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { FlowModel } from './model.svelte';
import { randomOf, smallFlow, spin } from './testing/wheel';
import { readYaml, yamlOf } from './text/document';

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('fetch', vi.fn(() => new Promise(() => undefined)));
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function rename(model: FlowModel, en: string, merge?: string): void {
  model.edit('name', (draft) => (draft.name = { zh: '小', en }), merge);
}

test('a step is undone and done again', () => {
  const model = new FlowModel(smallFlow());
  expect([model.canUndo, model.canRedo]).toEqual([false, false]);
  rename(model, 'Two');
  expect(model.undoes).toBe('name');
  model.undo();
  expect(model.definition).toEqual(smallFlow());
  model.redo();
  expect(model.definition.name).toEqual({ zh: '小', en: 'Two' });
  expect(model.canRedo).toBe(false);
});

test('typing is one step, until the field is left', () => {
  const model = new FlowModel(smallFlow());
  rename(model, 'T', 'name');
  rename(model, 'Tw', 'name');
  model.seal();
  rename(model, 'Two', 'name');
  model.undo();
  expect(model.definition.name).toEqual({ zh: '小', en: 'Tw' });
  model.undo();
  expect(model.canUndo).toBe(false);
});

test('a change that changes nothing is no step', () => {
  const model = new FlowModel(smallFlow());
  rename(model, 'Small');
  expect(model.canUndo).toBe(false);
});

test('what did not change keeps its identity', () => {
  const model = new FlowModel(smallFlow());
  const [start, lead] = model.definition.nodes;
  model.edit('rename', (draft) => {
    const node = draft.nodes.find(({ id }) => id === 'lead');
    if (node !== undefined) node.name = 'Boss';
  });
  expect(model.definition.nodes[0]).toBe(start);
  expect(model.definition.nodes[1]).not.toBe(lead);
  expect(model.definition.links).toBe(model.definition.links);
});

test('what is gone is selected no more', () => {
  const model = new FlowModel(smallFlow());
  model.select(['lead', 'lead→end#1', 'start']);
  model.edit('remove', (draft) => {
    draft.nodes = draft.nodes.filter(({ id }) => id !== 'lead');
    draft.links = [];
  });
  expect(model.selection).toEqual(['start']);
});

test('comments of a text stay while the flow is edited elsewhere', () => {
  const text = `# Ours\n${yamlOf(smallFlow(), '')}`;
  const model = new FlowModel(smallFlow(), text);
  expect(model.yaml).toBe(text);
  rename(model, 'Two');
  expect(model.yaml).toContain('# Ours');
  model.undo();
  expect(model.yaml).toBe(text);
});

test.each(Array.from({ length: 12 }, (_, seed) => seed))('random edits are undone to the beginning and done again to the end (%i)', (seed) => {
  const random = randomOf(seed + 1);
  const model = new FlowModel(smallFlow());
  const moments = [model.definition];
  for (let step = 0; step < 60; step += 1) {
    if (random(6) === 0 && model.canUndo) {
      model.undo();
      moments.pop();
      continue;
    }
    const before = model.definition;
    model.edit(`step ${step}`, (draft) => spin(draft, random));
    if (model.definition !== before) moments.push(model.definition);
  }
  for (const moment of [...moments].reverse()) {
    expect(model.definition).toBe(moment);
    model.undo();
  }
  expect(model.canUndo).toBe(false);
  expect(model.definition).toEqual(smallFlow());
  for (const moment of moments.slice(1)) {
    model.redo();
    expect(model.definition).toBe(moment);
  }
  expect(readYaml(model.yaml)).toEqual({ definition: readYaml(yamlOf(model.definition, '')).definition, problems: [] });
  expect(yamlOf(readYaml(model.yaml).definition ?? smallFlow(), model.yaml)).toBe(model.yaml);
  model.stop();
});
