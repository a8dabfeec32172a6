import { expect, test } from 'vitest';
import { language } from '../../i18n/language.svelte';
import { OrderFormState } from './form.svelte';
import type { Field } from './types';

const fields: Field[] = [
  { id: 'kind', label: 'Kind', type: 'choice', required: true, options: [{ value: 'sick', label: 'Sick' }, { value: 'other', label: 'Other' }] },
  { id: 'days', label: 'Days', type: 'number', required: true, min: 1, max: 30 },
  { id: 'why', label: 'Why', type: 'text', required: true, shown_if: "kind == 'other'" },
  { id: 'items', label: 'Items', type: 'table', columns: [{ id: 'price', label: 'Price', type: 'money', required: true }] },
];

function ids(form: OrderFormState): string[] {
  return form.shown.map(({ id }) => id);
}

test('a problem appears when its field was left, and follows the typing from then on', () => {
  language.current = 'en';
  const form = new OrderFormState({ fields });
  form.set('days', 31);
  expect(form.errorAt('days')).toBeUndefined();
  form.leave('days');
  expect(form.errorAt('days')).toBe('Not more than 30.');
  form.set('days', 'three');
  expect(form.errorAt('days')).toBe('Enter a number, for example 3 or 2.5.');
  form.set('days', 3);
  expect(form.errorAt('days')).toBeUndefined();
});

test('problems are said in the language of the page', () => {
  const form = new OrderFormState({ fields, values: { days: 31 } });
  form.validate();
  language.current = 'zh-CN';
  expect(form.errorAt('days')).toBe('不能大于 30。');
  language.current = 'en';
  expect(form.errorAt('days')).toBe('Not more than 30.');
});

test('trying to send shows everything that is wrong', () => {
  const form = new OrderFormState({ fields });
  expect(form.validate()).toBe(false);
  expect(form.errorAt('kind')).toBe('Please fill this in.');
  form.set('kind', 'sick');
  form.set('days', 2);
  expect(form.validate()).toBe(true);
});

test('a field shows while its condition holds', () => {
  const form = new OrderFormState({ fields });
  expect(ids(form)).toEqual(['kind', 'days', 'items']);
  form.set('kind', 'other');
  expect(ids(form)).toEqual(['kind', 'days', 'why', 'items']);
});

test('only what may be changed is checked, and what is hidden is not there', () => {
  const form = new OrderFormState({ fields, values: { kind: 'sick' }, access: { kind: 'read', days: 'write' }, hidden: ['items'] });
  expect(ids(form)).toEqual(['kind', 'days']);
  expect(form.problems.map(({ path }) => path)).toEqual(['days']);
  expect([form.accessOf('kind'), form.accessOf('items')]).toEqual(['read', 'hidden']);
});

test('what depends on a hidden field shows, for only the server knows whether it applies', () => {
  const form = new OrderFormState({ fields, hidden: ['kind'] });
  expect(ids(form)).toContain('why');
});

test('what the server refused stands next to its field until that changes', () => {
  const form = new OrderFormState({ fields, values: { days: 3, items: [{ price: '1.00' }, { price: '2.00' }] } });
  const errors = [
    { field: 'form.items[1].price', code: 'too_strange', message: 'This is strange.' },
    { field: 'reason', code: 'required', message: 'Say why.' },
  ];
  expect(form.refuse(errors)).toBe(true);
  expect(form.errorAt('items[1].price')).toBe('This is strange.');
  form.moveRows('items', (row) => 1 - row);
  expect(form.errorAt('items[0].price')).toBe('This is strange.');
  form.set('items', [{ price: '3.00' }, { price: '1.00' }], 'items[0].price');
  expect(form.errorAt('items[0].price')).toBeUndefined();
  expect(form.refuse([errors[1] as (typeof errors)[1]])).toBe(false);
});

test('what the server would refuse is said at once, until its field changes', () => {
  const form = new OrderFormState({ fields, values: { kind: 'sick', days: 3 } });
  form.foresee([{ field: 'form.kind', code: 'may_not_release', message: 'You may not release web to “sick”.' }]);
  expect(form.errorAt('kind')).toBe('You may not release web to “sick”.');
  expect(form.isValid).toBe(true);
  form.set('days', 4);
  expect(form.errorAt('kind')).toBe('You may not release web to “sick”.');
  form.set('kind', 'other');
  expect(form.errorAt('kind')).toBeUndefined();
  form.foresee(undefined);
  expect(form.errorAt('days')).toBeUndefined();
});
