import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { check, type Known } from './check';
import type { Field, Values } from './types';

interface Vector {
  name: string;
  fields: Field[];
  values: Values;
  problems: { path: string; code: string }[];
  /** Null when there are problems. */
  normalized: Values | null;
}

const file = '../crates/flow/tests/vectors/form.json';
const vectors = JSON.parse(readFileSync(file, 'utf8')) as Vector[];

/** The people and groups that the server's test of the same file knows. */
const known: Known = { person: (id) => id >= 1 && id <= 12, group: (name) => ['leads', 'finance', 'ops'].includes(name) };

test('there are vectors', () => {
  expect(vectors.length).toBeGreaterThan(50);
});

test.each(vectors)('the browser checks as the server does: $name', ({ fields, values, problems, normalized }) => {
  const checked = check(fields, values, known);
  expect(checked.problems.map(({ path, code }) => ({ path, code }))).toEqual(problems);
  if (normalized !== null) expect(checked.values).toEqual(normalized);
});
