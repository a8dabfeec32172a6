import { expect, test } from 'vitest';
import type { Field } from '../../../orders/form/types';
import { completionAt } from './completion';

const fields: Field[] = [
  { id: 'days', label: { zh: '天数', en: 'Days' }, type: 'number' },
  {
    id: 'kind',
    label: 'Kind',
    type: 'choice',
    options: [
      { value: 'sick', label: 'Sick leave' },
      { value: 'other', label: 'Other' },
    ],
  },
  {
    id: 'items',
    label: 'Items',
    type: 'table',
    columns: [
      { id: 'price', label: 'Price', type: 'money' },
      { id: 'name', label: 'Name', type: 'text' },
    ],
  },
];

/** `|` is the cursor. */
function check(marked: string, expected: string[], from?: number): void {
  const cursor = marked.indexOf('|');
  const completion = completionAt(marked.replace('|', ''), cursor, fields, true);
  expect(completion.suggestions.map(({ text }) => text), marked).toEqual(expected);
  if (from !== undefined) expect(completion.from, marked).toBe(from);
}

test('at the beginning there are the fields and what else has a value', () => {
  check('|', ['days', 'kind', 'items', 'given', 'total', 'requester', 'size('], 0);
  check('da|', ['days'], 0);
  check('days > 3 && k|', ['kind'], 12);
});

test('a field is found by its label in either language', () => {
  check('天|', ['days']);
  check('it|ems', ['items'], 0);
});

test('after a dot there are the parts of what stands before it', () => {
  check('total.|', ['items'], 6);
  check('total.items.|', ['price']);
  check('given.k|', ['kind'], 6);
  check('items[0].|', ['price', 'name']);
  check('requester.a|', ['administrator']);
  check('kind.s|', ['startsWith(', 'size('], 5);
});

test('after a comparison with a choice there are its options', () => {
  check('kind == |', ['"sick"', '"other"', 'days', 'kind', 'items', 'given', 'total', 'requester', 'size('], 8);
  check('kind == "s|', ['"sick"'], 8);
  check('kind in ["sick", "o|', ['"other"'], 17);
});

test('inside other text, and after a whole value, there is nothing', () => {
  check('"da|', []);
  check('days > 3 |', []);
  check('days|', []);
});
