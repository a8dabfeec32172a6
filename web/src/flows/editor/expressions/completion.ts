import type { Words } from '../../../i18n/words';
import type { Field } from '../../../orders/form/types';
import { pathsOf, type Token, tokensOf } from './tokens';

/** Something that can stand where the cursor is. */
export interface Suggestion {
  /** What is put in place of the text from `from` to the cursor. */
  text: string;
  label: Words | null;
  /** What it is: a field's type, or a part of the language. */
  kind: Field['type'] | 'value' | 'function' | 'name';
}

export interface Completion {
  from: number;
  suggestions: Suggestion[];
}

const functions = ['contains', 'startsWith', 'endsWith', 'size'];
const requester = ['id', 'username', 'groups', 'administrator'];
const most = 50;

/** What can stand at the cursor of an expression over these fields. */
export function completionAt(source: string, cursor: number, fields: readonly Field[], hasRequester: boolean): Completion {
  const before = tokensOf(source.slice(0, cursor));
  const last = before.at(-1);
  const typed = last?.kind === 'name' ? last.text : '';
  const isQuoted = last?.kind === 'text' && (last.text.length === 1 || !last.text.endsWith(last.text.charAt(0)));
  const from = isQuoted || typed !== '' ? (last?.at ?? cursor) : cursor;
  const found = isQuoted || typed === '' ? valuesAfter(before, fields) : [];
  const names = isQuoted ? [] : namesAt(before, fields, hasRequester);
  const wanted = isQuoted ? last.text.slice(1).toLowerCase() : typed.toLowerCase();
  const suggestions = [...found, ...names].filter((one) => matches(one, wanted) && one.text !== typed);
  return { from, suggestions: suggestions.slice(0, most) };
}

function matches({ text, label }: Suggestion, wanted: string): boolean {
  const labels = label === null || typeof label === 'string' ? [label ?? ''] : [label.zh, label.en];
  return [text.replace(/^["']/, ''), ...labels].some((part) => part.toLowerCase().startsWith(wanted));
}

/** After `kind ==`, `kind in [` and the like: the options of the choice. */
function valuesAfter(before: readonly Token[], fields: readonly Field[]): Suggestion[] {
  const solid = before.filter(({ kind }) => kind !== 'space');
  let place = solid.length - 1;
  if (solid[place]?.kind === 'text') place -= 1;
  while (place >= 0 && (solid[place]?.text === ',' || solid[place]?.text === '[' || solid[place]?.kind === 'text')) place -= 1;
  const sign = solid[place]?.text ?? '';
  if (!['==', '!=', 'in'].includes(sign)) return [];
  const field = fields.find(({ id }) => id === solid[place - 1]?.text);
  return (field?.options ?? []).map(({ value, label }) => ({ text: JSON.stringify(value), label, kind: 'value' }));
}

function namesAt(before: readonly Token[], fields: readonly Field[], hasRequester: boolean): Suggestion[] {
  // What is typed now, or would be typed next, with the names before its dots.
  const solid = before.filter(({ kind }) => kind !== 'space');
  const word: Token = { kind: 'name', text: '', at: -1 };
  const whole = solid.at(-1)?.kind === 'name' ? [...solid.slice(0, -1), word] : [...solid, word];
  const [first, second, third] = pathsOf(whole).get(word) ?? [];
  if (second === undefined) {
    const needsOperator = solid.length > 0 && solid.at(-1)?.kind !== 'name' && endsValue(solid.at(-1));
    return needsOperator ? [] : [...fields.map(suggestionOf), ...roots(hasRequester)];
  }
  const table = fields.find(({ id, type }) => type === 'table' && id === (third === undefined ? first : second));
  if (third !== undefined) {
    const sums = (table?.columns ?? []).filter(({ type }) => type === 'number' || type === 'money');
    return first === 'total' ? sums.map(suggestionOf) : [];
  }
  if (first === 'given') return fields.map(suggestionOf);
  if (first === 'total') return fields.filter(({ type }) => type === 'table').map(suggestionOf);
  if (first === 'requester' && hasRequester) return requester.map((text) => ({ text, label: null, kind: 'name' }));
  if (table !== undefined && solid.at(-2)?.text === ']') return (table.columns ?? []).map(suggestionOf);
  return functions.map((text) => ({ text: `${text}(`, label: null, kind: 'function' }));
}

function endsValue(token: Token | undefined): boolean {
  return token !== undefined && (token.kind === 'number' || token.kind === 'text' || token.text === ')' || token.text === ']');
}

function roots(hasRequester: boolean): Suggestion[] {
  const names = ['given', 'total', ...(hasRequester ? ['requester'] : [])];
  return [...names.map((text) => ({ text, label: null, kind: 'name' as const })), { text: 'size(', label: null, kind: 'function' }];
}

function suggestionOf({ id, label, type }: Field): Suggestion {
  return { text: id, label, kind: type };
}
