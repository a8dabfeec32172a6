import { expect, test } from 'vitest';
import type { Field } from '../../../orders/form/types';
import { copyOf, fieldsIn, fieldTypes, keptValues, movedTo, newField, newOption, withType } from './fields';

test('a new field of every type has what it needs, and a name of its own', () => {
  const fields: Field[] = [];
  for (const type of [...fieldTypes, ...fieldTypes]) fields.push(newField(type, fields));
  expect(new Set(fields.map(({ id }) => id)).size).toBe(fields.length);
  for (const field of fields) {
    expect((field.options ?? []).length > 0, field.type).toBe(field.type === 'choice' || field.type === 'choices');
    expect((field.columns ?? []).length > 0, field.type).toBe(field.type === 'table');
  }
});

test('options have different values', () => {
  const field = newField('choice', []);
  const options = field.options ?? [];
  expect(new Set([...options, newOption(options)].map(({ value }) => value)).size).toBe(options.length + 1);
});

test('another type keeps what it knows', () => {
  const number: Field = { id: 'a', label: 'A', type: 'number', required: true, min: 1, whole: true, shown_if: 'b' };
  expect(withType(number, 'money')).toEqual({ id: 'a', label: 'A', type: 'money', required: true, min: 1, shown_if: 'b' });
  expect(withType(number, 'date')).toEqual({ id: 'a', label: 'A', type: 'date', required: true, shown_if: 'b' });
  const choice: Field = { id: 'a', label: 'A', type: 'choice', options: [{ value: 'x', label: 'X' }] };
  expect(withType(choice, 'choices').options).toEqual(choice.options);
  expect(withType(choice, 'text')).toEqual({ id: 'a', label: 'A', type: 'text' });
  expect(withType(choice, 'table').columns?.length).toBe(1);
});

test('a part of a list goes to a gap', () => {
  expect(movedTo(['a', 'b', 'c'], 0, 2)).toEqual(['b', 'a', 'c']);
  expect(movedTo(['a', 'b', 'c'], 0, 3)).toEqual(['b', 'c', 'a']);
  expect(movedTo(['a', 'b', 'c'], 2, 0)).toEqual(['c', 'a', 'b']);
  expect(movedTo(['a', 'b', 'c'], 1, 1)).toEqual(['a', 'b', 'c']);
  expect(movedTo(['a', 'b', 'c'], 1, 2)).toEqual(['a', 'b', 'c']);
});

test('a copy has its own name', () => {
  const field: Field = { id: 'days', label: 'Days', type: 'number' };
  expect(copyOf(field, [field]).id).toBe('days_2');
  expect(copyOf({ ...field, id: 'days_2' }, [field, { ...field, id: 'days_2' }]).id).toBe('days_3');
});

test('a form reads in either language', () => {
  const field: Field = { id: 'a', label: { zh: '甲', en: 'A' }, type: 'choice', options: [{ value: 'x', label: { zh: '子', en: 'X' } }] };
  expect(fieldsIn([field], 'zh-CN')).toEqual([{ ...field, label: '甲', options: [{ value: 'x', label: '子' }] }]);
  expect(fieldsIn([field], 'en')[0]?.label).toBe('A');
});

test('what was filled in stays while its field is of the same type', () => {
  const before: Field[] = [{ id: 'a', label: 'A', type: 'text' }, { id: 'b', label: 'B', type: 'text' }, { id: 'c', label: 'C', type: 'text' }];
  const after: Field[] = [{ id: 'b', label: 'B', type: 'number' }, { id: 'a', label: 'New', type: 'text' }];
  expect(keptValues({ a: 'x', b: '1', c: 'z' }, before, after)).toEqual({ a: 'x' });
});
