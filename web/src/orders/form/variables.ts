import type { Computed, Variables } from './expression';
import { centsOf } from './money';
import type { Field } from './types';

type Stored = Readonly<Record<string, unknown>>;

/**
 * What expressions see of a form: a typed value for every field, `given.<field>` for whether it was filled in, and
 * `total.<table>.<column>` for the sum of a column. The same as crates/flow/src/form/values.rs.
 */
export function variablesOf(fields: readonly Field[], values: Stored): Variables {
  const variables: Record<string, Computed> = {};
  const given: Record<string, Computed> = {};
  const total: Record<string, Computed> = {};
  for (const field of fields) {
    const value = values[field.id];
    given[field.id] = value !== undefined;
    if (field.type === 'table') total[field.id] = totals(field, rowsOf(value));
    variables[field.id] = typed(field, value);
  }
  return { ...variables, given, total };
}

function typed(field: Field, value: unknown): Computed {
  if (field.type === 'money') return Number(amountOf(value)) / 100;
  if (field.type === 'table') {
    return rowsOf(value).map((row) =>
      Object.fromEntries((field.columns ?? []).map((column) => [column.id, typed(column, row[column.id])])),
    );
  }
  if (typeof value === 'number' || typeof value === 'string') return value;
  if (Array.isArray(value)) return value.filter((one) => typeof one === 'string');
  if (field.type === 'number' || field.type === 'person') return 0;
  return field.type === 'choices' || field.type === 'file' ? [] : '';
}

function totals(table: Field, rows: readonly Stored[]): Computed {
  const sums: Record<string, Computed> = {};
  for (const { id, type } of table.columns ?? []) {
    if (type === 'money') sums[id] = Number(rows.reduce((sum, row) => sum + amountOf(row[id]), 0n)) / 100;
    if (type === 'number') sums[id] = rows.reduce((sum, row) => sum + (typeof row[id] === 'number' ? row[id] : 0), 0);
  }
  return sums;
}

function amountOf(value: unknown): bigint {
  return (typeof value === 'string' ? centsOf(value) : null) ?? 0n;
}

export function rowsOf(value: unknown): readonly Stored[] {
  return Array.isArray(value) ? value.filter((row) => typeof row === 'object' && row !== null) : [];
}
