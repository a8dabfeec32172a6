import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { FlowModel } from '../model.svelte';
import { readYaml } from './document';
import { TextEntry } from './entry.svelte';
import { lineOfProblem, placesIn } from './places';

const text = `flow: a # kept
name: A
form:
  - {id: days, label: Days, type: number}
nodes:
  - {id: start, name: Start, kind: start}
  - {id: end, name: End, kind: end}
links:
  - {from: start, to: end}
`;

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

function begin(): { model: FlowModel; entry: TextEntry } {
  const { definition } = readYaml(text);
  if (definition === null) throw new Error('the text is a flow');
  const model = new FlowModel(definition, text);
  model.stop();
  return { model, entry: new TextEntry(model, () => 'typed') };
}

test('what is typed is one step once the typing rests', () => {
  const { model, entry } = begin();
  entry.type(text.replace('name: A', 'name: B'));
  entry.type(text.replace('name: A', 'name: BC'));
  expect(model.definition.name).toBe('A');
  vi.advanceTimersByTime(500);
  model.stop();
  expect(model.definition.name).toBe('BC');
  expect(entry.text).toBe(text.replace('name: A', 'name: BC'));
  model.undo();
  model.stop();
  expect(entry.text).toBe(text);
});

test('a text that can not be read changes nothing, and is still there later', () => {
  const { model, entry } = begin();
  entry.type(text.replace('kind: end', 'kind: ending'));
  vi.advanceTimersByTime(500);
  expect(model.canUndo).toBe(false);
  expect(entry.problems).toMatchObject([{ line: 7, code: 'wrong' }]);
  const again = new TextEntry(model, () => 'typed');
  expect(again.text).toContain('ending');
  again.discard();
  expect(again.text).toBe(text);
  expect(new TextEntry(model, () => 'typed').text).toBe(text);
});

test('problems stand at the lines of what they are about', () => {
  const places = placesIn(text);
  const problem = { code: '', line: null, column: null, node: null, link: null, field: null, words: { zh: '', en: '' } };
  expect(lineOfProblem({ ...problem, node: 'end' }, places)).toBe(7);
  expect(lineOfProblem({ ...problem, node: 'start', link: 0 }, places)).toBe(9);
  expect(lineOfProblem({ ...problem, field: 'days' }, places)).toBe(4);
  expect(lineOfProblem({ ...problem, line: 2 }, places)).toBe(2);
  expect(lineOfProblem({ ...problem, node: 'nobody' }, places)).toBeNull();
});
