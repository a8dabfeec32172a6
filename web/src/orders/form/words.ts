import { formatDate, formatDateTime, formatNumber } from '../../i18n/format';
import { wordsIn } from '../../i18n/words';
import { mostOf } from './limits';
import { type FormMessage, isFormMessage, t } from './messages';
import { formatMoney, textOfCents } from './money';
import { fieldOfPath } from './path';
import type { Choice, Field, FieldProblem } from './types';

/** Up to so many short options stand side by side; more, or longer ones, are a list that opens. */
const buttonsAtMost = 4;
const buttonWordsAtMost = 24;

/** A choice that has to be made, among few and short options. One that may be left open needs a way back to nothing. */
export function drawsAsButtons({ required, options = [] }: Field): boolean {
  const isShort = ({ label }: Choice): boolean => wordsIn(label).length <= buttonWordsAtMost;
  return required === true && options.length <= buttonsAtMost && options.every(isShort);
}

/** Whether the control is several elements, so that its label names a group. */
export function isGroup(field: Field, cell = false): boolean {
  switch (field.type) {
    case 'choices':
    case 'file':
    case 'table':
      return true;
    case 'choice':
      return !cell && drawsAsButtons(field);
    default:
      return false;
  }
}

/** `5`, or `5.00` for an amount: how a limit of this field is said. */
function limitText({ type }: Field, limit: number): string {
  return type === 'money' ? formatMoney(textOfCents(BigInt(Math.round(limit * 100)))) : formatNumber(limit);
}

type Unit = 'value' | 'characters' | 'options' | 'files' | 'rows';

function unitOf({ type }: Field): Unit | null {
  switch (type) {
    case 'number':
    case 'money':
      return 'value';
    case 'text':
    case 'long_text':
      return 'characters';
    case 'choices':
      return 'options';
    case 'file':
      return 'files';
    case 'table':
      return 'rows';
    default:
      return null;
  }
}

/** "From 1 to 30", "At most 3 files": what a field takes, said before somebody gets it wrong. Empty without limits. */
export function limitWords(field: Field): string {
  const unit = unitOf(field);
  if (unit === null) return '';
  const { min, max } = field;
  const parts: string[] = [];
  const [least, most] = [min ?? null, max ?? null].map((limit) => (limit === null ? null : limitText(field, limit)));
  // "At least 1" row of a field that is required anyway is noise.
  const saysLeast = least !== null && (unit === 'value' || (min ?? 0) > 1);
  if (saysLeast && most !== null) parts.push(t(`between_${unit}`, { min: least ?? '', max: most ?? '' }));
  else if (saysLeast) parts.push(t(`least_${unit}`, { min: least ?? '' }));
  else if (most !== null) parts.push(t(`most_${unit}`, { max: most ?? '' }));
  if (field.whole) parts.push(t('wholeNumber'));
  return parts.join(' · ');
}

/** "480 / 500" once a text comes near its limit. */
export function counterOf(field: Field, value: unknown): string | undefined {
  if ((field.type !== 'text' && field.type !== 'long_text') || typeof value !== 'string') return undefined;
  const most = mostOf(field);
  const length = [...value].length;
  return length < most * 0.8 ? undefined : `${formatNumber(length)} / ${formatNumber(most)}`;
}

/** `2026-11-25T22:30` as people read it; the text itself when it is no date. */
export function dateWords(text: string): string {
  const parts = /^(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d))?$/.exec(text)?.slice(1).map(Number);
  if (parts === undefined) return text;
  const [year = 0, month = 1, day = 1, hour, minute] = parts;
  const at = new Date(year, month - 1, day, hour || 0, minute || 0).getTime();
  return text.includes('T') ? formatDateTime(at) : formatDate(at);
}

/** The field, or the column, that a path is about. */
export function fieldAt(fields: readonly Field[], path: string): Field | undefined {
  const field = fields.find(({ id }) => id === fieldOfPath(path));
  const column = /\]\.([^.[]+)$/.exec(path)?.[1];
  return column === undefined ? field : field?.columns?.find(({ id }) => id === column);
}

/** The sentence for a problem, in the language of the page. */
export function sentenceOf(problem: FieldProblem, fields: readonly Field[]): string {
  const key: string = `problem_${problem.code}`;
  const field = fieldAt(fields, problem.path);
  if (!isFormMessage(key) || field === undefined) return problem.message ?? t('problem_wrong_value');
  const byUnit = `${key}_${field.type === 'number' || field.type === 'money' ? field.type : (unitOf(field) ?? '')}`;
  const message: FormMessage = isFormMessage(byUnit) ? byUnit : key;
  // The server's problems come without the number; the field has it.
  const limit = problem.limit ?? (problem.code.startsWith('too_') ? limitOf(field, problem.code) : undefined);
  return t(message, { limit: limit === undefined ? '' : limitText(field, limit) });
}

function limitOf(field: Field, code: string): number | undefined {
  const isLeast = code === 'too_small' || code === 'too_short' || code === 'too_few';
  const limit = isLeast ? field.min : mostOf(field);
  return limit === null || limit === Infinity ? undefined : limit;
}
