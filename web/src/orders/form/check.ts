import { ExpressionError, holds } from './expression';
import { mostOf } from './limits';
import { cellPath } from './path';
import { centsOf, textOfCents } from './money';
import type { Field, FieldProblem, Value, Values } from './types';
import { variablesOf } from './variables';

/** Who there is, where that is known; the browser leaves that to the server. */
export interface Known {
  person(id: number): boolean;
  group(name: string): boolean;
}

const everybody: Known = { person: () => true, group: () => true };
const largestNumber = 1e15;
const largestCents = 10n ** 15n;

export interface Checked {
  problems: FieldProblem[];
  /** As the server stores them: text trimmed, amounts with two places, what is empty or not shown left out. */
  values: Values;
  /** The fields whose conditions hold. */
  shown: ReadonlySet<string>;
}

/**
 * Checks a form as the server does it again: crates/flow/src/form/check.rs has the same rules and codes, and
 * crates/flow/tests/vectors/form.json holds both to them.
 */
export function check(fields: readonly Field[], values: Values, known: Known = everybody): Checked {
  const checker = new Checker(known);
  const normalized = checker.row(fields, values, (field) => field);
  return { problems: checker.problems, values: normalized, shown: checker.shown };
}

class Checker {
  readonly problems: FieldProblem[] = [];
  readonly shown = new Set<string>();
  readonly #known: Known;

  constructor(known: Known) {
    this.#known = known;
  }

  row(fields: readonly Field[], values: Values, pathOf: (field: string) => string): Values {
    const wanted = new Set(fields.map(({ id }) => id));
    // In the order of their names, as the server keeps values.
    for (const id of Object.keys(values).sort()) if (!wanted.has(id)) this.#problem(pathOf(id), 'unknown_field');
    const normalized: Values = {};
    for (const field of fields) {
      const path = pathOf(field.id);
      if (!this.#isShown(field, fields, normalized, path)) continue;
      this.shown.add(path);
      const value = values[field.id];
      if (value === undefined || isEmpty(value)) {
        if (field.required) this.#problem(path, 'required');
        continue;
      }
      const checked = this.#value(field, value, path);
      if (checked !== null && !isEmpty(checked)) normalized[field.id] = checked;
    }
    return normalized;
  }

  /** By the fields that stand before this one. */
  #isShown(field: Field, fields: readonly Field[], before: Values, path: string): boolean {
    if (field.shown_if === undefined || field.shown_if === null) return true;
    try {
      return holds(field.shown_if, variablesOf(fields, before));
    } catch (cause) {
      if (!(cause instanceof ExpressionError)) throw cause;
      this.#problem(path, 'expression');
      return false;
    }
  }

  #value(field: Field, value: Value, path: string): Value | null {
    switch (field.type) {
      case 'text':
      case 'long_text':
        return typeof value === 'string' ? this.#text(field, value, path) : this.#wrongType(path);
      case 'number':
        return typeof value === 'number' ? this.#number(field, value, path) : this.#wrongType(path);
      case 'money':
        return typeof value === 'string' || typeof value === 'number' ? this.#money(field, value, path) : this.#wrongType(path);
      case 'date':
        if (typeof value !== 'string') return this.#wrongType(path);
        return this.#accept(isDate(value, field.time ?? false), path, 'wrong_date') ? value : null;
      case 'choice':
        if (typeof value !== 'string') return this.#wrongType(path);
        return this.#accept(isOption(field, value), path, 'not_an_option') ? value : null;
      case 'person':
        if (typeof value !== 'number') return this.#wrongType(path);
        return this.#accept(Number.isInteger(value) && this.#known.person(value), path, 'unknown_person') ? value : null;
      case 'group':
        if (typeof value !== 'string') return this.#wrongType(path);
        return this.#accept(this.#known.group(value), path, 'unknown_group') ? value : null;
      case 'choices':
        return Array.isArray(value) ? this.#choices(field, value, path) : this.#wrongType(path);
      case 'file':
        return Array.isArray(value) ? this.#files(field, value, path) : this.#wrongType(path);
      case 'table':
        return Array.isArray(value) ? this.#table(field, value, path) : this.#wrongType(path);
    }
  }

  #text(field: Field, text: string, path: string): string | null {
    const isOneLine = field.type === 'text';
    const trimmed = isOneLine ? text.trim() : text.trimEnd();
    if (trimmed === '') {
      if (field.required) this.#problem(path, 'required');
      return null;
    }
    if (isOneLine && !this.#accept(!/[\n\r]/.test(trimmed), path, 'line_break')) return null;
    return this.#within(field, [...trimmed].length, path, 'too_short', 'too_long') ? trimmed : null;
  }

  #number(field: Field, value: number, path: string): number | null {
    if (field.whole && !this.#accept(Number.isInteger(value), path, 'not_whole')) return null;
    const least = field.min ?? -largestNumber;
    const most = field.max ?? largestNumber;
    if (!this.#accept(value >= least, path, 'too_small', least)) return null;
    return this.#accept(value <= most, path, 'too_large', most) ? value : null;
  }

  #money(field: Field, value: string | number, path: string): string | null {
    const cents = typeof value === 'number' ? centsOfNumber(value) : centsOf(value);
    if (cents === null) {
      this.#problem(path, 'wrong_money');
      return null;
    }
    const bound = (limit: number | null | undefined, otherwise: bigint): bigint =>
      limit === null || limit === undefined ? otherwise : BigInt(Math.round(limit * 100));
    const least = bound(field.min, -largestCents);
    const most = bound(field.max, largestCents);
    if (!this.#accept(cents >= least, path, 'too_small', Number(least) / 100)) return null;
    return this.#accept(cents <= most, path, 'too_large', Number(most) / 100) ? textOfCents(cents) : null;
  }

  #choices(field: Field, list: readonly unknown[], path: string): Value | null {
    const chosen = list.filter((value) => typeof value === 'string' && isOption(field, value)) as string[];
    if (!this.#accept(chosen.length === list.length, path, 'not_an_option')) return null;
    if (!this.#accept(new Set(chosen).size === list.length, path, 'chosen_twice')) return null;
    return this.#within(field, list.length, path, 'too_few', 'too_many') ? chosen : null;
  }

  #files(field: Field, list: readonly unknown[], path: string): Value | null {
    const files = list.filter((file) => typeof file === 'string' && file !== '' && file.length <= 200) as string[];
    if (!this.#accept(files.length === list.length, path, 'wrong_type')) return null;
    return this.#within(field, files.length, path, 'too_few', 'too_many') ? files : null;
  }

  #table(field: Field, rows: readonly unknown[], path: string): Value | null {
    if (!this.#within(field, rows.length, path, 'too_few', 'too_many')) return null;
    const normalized: Values[] = [];
    for (const [index, row] of rows.entries()) {
      if (typeof row !== 'object' || row === null || Array.isArray(row)) this.#problem(`${path}[${index}]`, 'wrong_type');
      else normalized.push(this.row(field.columns ?? [], row as Values, (column) => cellPath(path, index, column)));
    }
    return normalized;
  }

  #within(field: Field, amount: number, path: string, small: string, large: string): boolean {
    const least = field.min ?? 0;
    if (amount < least) return this.#accept(false, path, small, least);
    const most = field.type === 'choices' ? (field.max ?? field.options?.length ?? 0) : mostOf(field);
    return this.#accept(amount <= most, path, large, most);
  }

  #accept(fits: boolean, path: string, code: string, limit?: number): boolean {
    if (!fits) this.#problem(path, code, limit);
    return fits;
  }

  #wrongType(path: string): null {
    this.#problem(path, 'wrong_type');
    return null;
  }

  #problem(path: string, code: string, limit?: number): void {
    this.problems.push(limit === undefined ? { path, code } : { path, code, limit });
  }
}

function isEmpty(value: Value): boolean {
  return (value ?? null) === null || value === '' || (Array.isArray(value) && value.length === 0);
}

function isOption({ options = [] }: Field, value: string): boolean {
  return options.some((option) => option.value === value);
}

/** An amount that a program sent as a number. */
function centsOfNumber(value: number): bigint | null {
  const cents = Math.round(value * 100);
  const isExact = Math.abs(value * 100 - cents) < 1e-6 && Math.abs(cents) <= Number(largestCents);
  return isExact ? BigInt(cents) : null;
}

/** A day of the calendar, or with `time` a minute of one. */
function isDate(text: string, time: boolean): boolean {
  const parts = /^(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d))?$/.exec(text);
  if (parts === null || text.includes('T') !== time) return false;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0] = parts.slice(1).map((part) => Number(part ?? 0));
  const lastDay = new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate();
  return year >= 1 && month >= 1 && month <= 12 && day >= 1 && day <= lastDay && hour < 24 && minute < 60;
}
