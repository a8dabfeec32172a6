import { wordsIn, type Words } from '../../../i18n/words';
import type { Language } from '../../../i18n/language.svelte';
import type { Field, FieldType, Values } from '../../../orders/form/types';
import { freeId } from '../definition';

export const fieldTypes: readonly FieldType[] = [
  'text',
  'long_text',
  'number',
  'money',
  'date',
  'choice',
  'choices',
  'person',
  'group',
  'file',
  'table',
];

/** As on the server, columns of tables included. */
export const fieldsAtMost = 100;

const labels: Record<FieldType, { zh: string; en: string }> = {
  text: { zh: '文本', en: 'Text' },
  long_text: { zh: '多行文本', en: 'Long text' },
  number: { zh: '数字', en: 'Number' },
  money: { zh: '金额', en: 'Amount' },
  date: { zh: '日期', en: 'Date' },
  choice: { zh: '单选', en: 'Choice' },
  choices: { zh: '多选', en: 'Choices' },
  person: { zh: '人员', en: 'Person' },
  group: { zh: '组', en: 'Group' },
  file: { zh: '文件', en: 'Files' },
  table: { zh: '表格', en: 'Table' },
};

/** A new field with what its type needs, so that nothing is wrong with it at once. */
export function newField(type: FieldType, others: readonly Field[]): Field {
  const id = freeId(type, new Set(others.map((field) => field.id)));
  return withNeeds({ id, label: { ...labels[type] }, type });
}

/** The field with another type: what that type knows stays. */
export function withType(field: Field, type: FieldType): Field {
  const { id, label, help, required, shown_if: shownIf } = field;
  const changed: Field = { id, label, type };
  if (help !== undefined) changed.help = help;
  if (required === true) changed.required = true;
  if (hasLimits(type) && hasLimits(field.type)) {
    if (field.min !== undefined) changed.min = field.min;
    if (field.max !== undefined) changed.max = field.max;
  }
  if (type === 'number' && field.whole === true) changed.whole = true;
  if (isChoice(type) && field.options !== undefined) changed.options = field.options;
  if (shownIf !== undefined) changed.shown_if = shownIf;
  return withNeeds(changed);
}

function withNeeds(field: Field): Field {
  if (isChoice(field.type) && field.options === undefined) field.options = [newOption([]), newOption([newOption([])])];
  if (field.type === 'table' && field.columns === undefined) field.columns = [newField('text', [])];
  return field;
}

export function newOption(others: NonNullable<Field['options']>): { value: string; label: Words } {
  const value = freeId('option', new Set(others.map((option) => option.value)));
  const number = others.length + 1;
  return { value, label: { zh: `选项 ${number}`, en: `Option ${number}` } };
}

export function isChoice(type: FieldType): boolean {
  return type === 'choice' || type === 'choices';
}

/** A single choice, a date, a person and a group have no smallest or largest. */
export function hasLimits(type: FieldType): boolean {
  return !['choice', 'date', 'person', 'group'].includes(type);
}

/** A copy right behind it, under a name of its own. */
export function copyOf(field: Field, others: readonly Field[]): Field {
  return { ...structuredClone(field), id: freeId(field.id.replace(/_\d+$/, ''), new Set(others.map(({ id }) => id))) };
}

/** The list with one part at another place; `to` counts the gaps between the parts, as they stand before. */
export function movedTo<Item>(list: readonly Item[], from: number, to: number): Item[] {
  const part = list[from];
  if (part === undefined) return [...list];
  const rest = list.toSpliced(from, 1);
  return rest.toSpliced(to > from ? to - 1 : to, 0, part);
}

/** The fields as somebody who reads this language sees them, whatever the language of the page is. */
export function fieldsIn(fields: readonly Field[], wanted: Language): Field[] {
  return fields.map((field) => {
    const read: Field = { ...field, label: wordsIn(field.label, wanted) };
    if (field.help !== undefined) read.help = wordsIn(field.help, wanted);
    if (field.options !== undefined) read.options = field.options.map(({ value, label }) => ({ value, label: wordsIn(label, wanted) }));
    if (field.columns !== undefined) read.columns = fieldsIn(field.columns, wanted);
    return read;
  });
}

/** What was filled in, as far as the fields are still there and of the same type. */
export function keptValues(values: Values, before: readonly Field[], after: readonly Field[]): Values {
  const types = new Map(before.map(({ id, type }) => [id, type]));
  const kept = after.filter(({ id, type }) => types.get(id) === type);
  return valuesOf(values, kept);
}

/** What was filled in of these fields. */
export function valuesOf(values: Values, fields: readonly Field[]): Values {
  const wanted = new Set(fields.map(({ id }) => id));
  return Object.fromEntries(Object.entries(values).filter(([id]) => wanted.has(id)));
}
