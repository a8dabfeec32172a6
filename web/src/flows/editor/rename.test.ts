import { expect, test } from 'vitest';
import type { Definition } from './definition';
import { renamedIn, renameField, renameNode, usesOf } from './rename';

const flow: Definition = {
  flow: 'a',
  name: 'A',
  title: '{days} of {why}',
  form: [
    { id: 'days', label: 'Days', type: 'number' },
    { id: 'why', label: 'Why', type: 'text', shown_if: 'days > 3.0 && "days" != "x"' },
    { id: 'boss', label: 'Boss', type: 'person' },
    { id: 'items', label: 'Items', type: 'table', columns: [{ id: 'days', label: 'Days', type: 'number' }] },
  ],
  nodes: [
    { id: 'start', name: 'Start', kind: 'start', fields: { days: 'hidden' } },
    { id: 'ask', name: 'Ask', kind: 'approve', who: [{ field: 'boss' }, 'manager'], return_to: ['start'] },
    { id: 'build', name: 'Build', kind: 'run', script: 'make', parameters: { DAYS: 'days + total.items.days' } },
  ],
  links: [
    { from: 'start', to: 'ask', when: 'given.days && total.items.days > 1' },
    { from: 'ask', to: 'start' },
  ],
  layout: { ask: [1, 2] },
};

test('a renamed node takes its links, its place and those who return to it with it', () => {
  const draft = structuredClone(flow);
  renameNode(draft, 'start', 'begin');
  renameNode(draft, 'ask', 'decide');
  expect(draft.links.map(({ from, to }) => [from, to])).toEqual([['begin', 'decide'], ['decide', 'begin']]);
  expect(draft.nodes[1]).toMatchObject({ id: 'decide', return_to: ['begin'] });
  expect(draft.layout).toEqual({ decide: [1, 2] });
});

test('a renamed field is renamed wherever it is used', () => {
  expect(usesOf(flow, { field: 'days' }).map(({ where, name }) => `${where} ${name}`)).toEqual([
    'shown_if why',
    'when start → ask',
    'parameter build DAYS',
    'title a',
    'access start',
  ]);
  const draft = structuredClone(flow);
  renameField(draft, { field: 'days' }, 'length', true);
  renameField(draft, { field: 'boss' }, 'lead', true);
  expect(draft.title).toBe('{length} of {why}');
  expect(draft.form?.[1]?.shown_if).toBe('length > 3.0 && "days" != "x"');
  expect(draft.links[0]?.when).toBe('given.length && total.items.days > 1');
  expect(draft.nodes).toMatchObject([{ fields: { length: 'hidden' } }, { who: [{ field: 'lead' }, 'manager'] }, { parameters: { DAYS: 'length + total.items.days' } }]);
  expect(usesOf(draft, { field: 'days' })).toEqual([]);
});

test('without its uses only the field is renamed', () => {
  const draft = structuredClone(flow);
  renameField(draft, { field: 'days' }, 'length', false);
  expect(draft.form?.[0]?.id).toBe('length');
  expect({ ...draft, form: null }).toEqual({ ...flow, form: null });
});

test('a column is renamed in sums and in rows, and its namesake is not', () => {
  const place = { field: 'items', column: 'days' };
  expect(usesOf(flow, place).map(({ where }) => where)).toEqual(['when', 'parameter']);
  expect(renamedIn('items[0].days + days + total.items.days + total.others.days', place, 'n')).toBe(
    'items[0].n + days + total.items.n + total.others.days',
  );
  const draft = structuredClone(flow);
  renameField(draft, place, 'n', true);
  expect(draft.form?.[3]?.columns?.[0]?.id).toBe('n');
  expect(draft.form?.[0]?.id).toBe('days');
});

test('an expression that is still being typed is renamed as far as it is there', () => {
  expect(renamedIn("days > 3 && x.days == 'days", { field: 'days' }, 'n')).toBe("n > 3 && x.days == 'days");
});
