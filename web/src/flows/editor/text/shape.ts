/**
 * What a definition may look like, so that a text that says something else never reaches the model. What the values
 * mean, and whether they fit together, the server says.
 */
export type Shape =
  | { is: 'text' | 'number' | 'truth' | 'words' }
  | { is: 'one'; of: readonly string[] }
  | { is: 'list'; of: Shape; exactly?: number }
  | { is: 'map'; of: Shape }
  | { is: 'object'; needs: Record<string, Shape>; may: Record<string, Shape> }
  | { is: 'node' }
  | { is: 'either'; of: readonly Shape[] };

export interface ShapeProblem {
  path: readonly (string | number)[];
  code: 'missing' | 'unknown_key' | 'wrong';
  /** The key that is missing or not known, or what was expected. */
  detail: string;
}

const text: Shape = { is: 'text' };
const number: Shape = { is: 'number' };
const truth: Shape = { is: 'truth' };
const words: Shape = { is: 'words' };
const one = (...of: string[]): Shape => ({ is: 'one', of });
const list = (of: Shape, exactly?: number): Shape => (exactly === undefined ? { is: 'list', of } : { is: 'list', of, exactly });
const map = (of: Shape): Shape => ({ is: 'map', of });
const either = (...of: Shape[]): Shape => ({ is: 'either', of });
const object = (needs: Record<string, Shape>, may: Record<string, Shape> = {}): Shape => ({ is: 'object', needs, may });

const who = list(
  either(one('manager', 'chosen', 'administrators', 'requester'), object({ person: text }), object({ group: text }), object({ field: text })),
);
const access = map(one('hidden', 'read', 'write'));
const timeouts = list(object({ after: text, then: one('remind', 'approve', 'reject', 'escalate') }, { to: who }));
const nobody = one('administrator', 'skip');
const rule = either(one('any', 'all', 'sequence'), object({ quorum: number }), object({ percent: number }));
const options = list(object({ value: text, label: words }));
const fieldKeys = { help: words, required: truth, min: number, max: number, whole: truth, time: truth, options, shown_if: text };
const fieldNeeds = {
  id: text,
  label: words,
  type: one('text', 'long_text', 'number', 'money', 'date', 'choice', 'choices', 'person', 'group', 'file', 'table'),
};
const column = object(fieldNeeds, fieldKeys);
const field = object(fieldNeeds, { ...fieldKeys, columns: list(column) });
const people = { nobody, fields: access, timeouts, return_to: list(text) };

/** The keys of each kind beside `id`, `name` and `kind`. */
const kinds: Record<string, { needs: Record<string, Shape>; may: Record<string, Shape> }> = {
  start: { needs: {}, may: { fields: access } },
  end: { needs: {}, may: {} },
  approve: { needs: { who }, may: { rule, own: truth, ...people } },
  handle: { needs: { who }, may: people },
  condition: { needs: {}, may: {} },
  fork: { needs: {}, may: {} },
  join: { needs: {}, may: {} },
  run: {
    needs: { script: text },
    may: {
      on: either(one('local'), object({ group: text }), object({ field: text })),
      batches: either(one('parallel', 'serial'), list(text)),
      failures: text,
      pause: text,
      health: text,
      timeout: text,
      idempotent: truth,
      parameters: map(text),
      secrets: list(text),
      application: text,
      environment: either(text, object({ field: text })),
      releasers: who,
      lock: one('wait', 'refuse'),
      artifacts: list(text),
    },
  },
  cc: { needs: { who }, may: {} },
  wait: { needs: {}, may: { for: text, until: text } },
};

const link = object({ from: text, to: text }, { when: text, otherwise: truth, on: one('rejected', 'failed'), text: words });
const rules = object(
  {},
  {
    same_person_twice: one('ask', 'automatic'),
    withdraw: one('before_first_verdict', 'anytime', 'never'),
    resubmit: one('every_step', 'direct'),
    loop_cap: number,
    utc_offset: text,
  },
);
const definition = object(
  { flow: text, name: words, nodes: list({ is: 'node' }), links: list(link) },
  { description: words, title: text, form: list(field), rules, layout: map(list(number, 2)) },
);

/** The first thing that is no definition in this value; null when it is one. */
export function shapeProblem(value: unknown): ShapeProblem | null {
  return examine(value, definition, []);
}

function examine(value: unknown, shape: Shape, path: readonly (string | number)[]): ShapeProblem | null {
  const wrong = (detail: string): ShapeProblem => ({ path, code: 'wrong', detail });
  switch (shape.is) {
    case 'text':
      return typeof value === 'string' ? null : wrong('text');
    case 'number':
      return typeof value === 'number' && Number.isFinite(value) ? null : wrong('number');
    case 'truth':
      return typeof value === 'boolean' ? null : wrong('true, false');
    case 'words':
      if (typeof value === 'string') return null;
      return isMap(value) ? keysOf(value, { zh: text, en: text }, {}, path) : wrong('text, {zh: …, en: …}');
    case 'one':
      return typeof value === 'string' && shape.of.includes(value) ? null : wrong(shape.of.join(', '));
    case 'list':
      if (!Array.isArray(value) || (shape.exactly !== undefined && value.length !== shape.exactly)) return wrong('[…]');
      return first(value.map((part, index) => examine(part, shape.of, [...path, index])));
    case 'map':
      if (!isMap(value)) return wrong('{…}');
      return first(Object.entries(value).map(([key, part]) => examine(part, shape.of, [...path, key])));
    case 'object':
      return isMap(value) ? keysOf(value, shape.needs, shape.may, path) : wrong('{…}');
    case 'node':
      return examineNode(value, path);
    case 'either':
      return shape.of.some((part) => examine(value, part, path) === null) ? null : wrong(shape.of.map(exampleOf).join(', '));
  }
}

function examineNode(value: unknown, path: readonly (string | number)[]): ShapeProblem | null {
  if (!isMap(value)) return { path, code: 'wrong', detail: '{id: …, name: …, kind: …}' };
  const kind = typeof value.kind === 'string' ? kinds[value.kind] : undefined;
  const common = { id: text, name: words, kind: one(...Object.keys(kinds)) };
  if (kind === undefined) return examine(value.kind, common.kind, [...path, 'kind']);
  return keysOf(value, { ...common, ...kind.needs }, kind.may, path);
}

function keysOf(
  value: Record<string, unknown>,
  needs: Record<string, Shape>,
  may: Record<string, Shape>,
  path: readonly (string | number)[],
): ShapeProblem | null {
  for (const key of Object.keys(needs)) if (!Object.hasOwn(value, key)) return { path, code: 'missing', detail: key };
  for (const [key, part] of Object.entries(value)) {
    const shape = (Object.hasOwn(needs, key) ? needs[key] : undefined) ?? (Object.hasOwn(may, key) ? may[key] : undefined);
    if (shape === undefined) return { path: [...path, key], code: 'unknown_key', detail: key };
    // An optional key without a value is as good as none.
    if (part === null && Object.hasOwn(may, key)) continue;
    const problem = examine(part, shape, [...path, key]);
    if (problem !== null) return problem;
  }
  return null;
}

function exampleOf(shape: Shape): string {
  if (shape.is === 'one') return shape.of.join(', ');
  if (shape.is === 'object') return `{${Object.keys(shape.needs).join(', ')}: …}`;
  return shape.is === 'list' ? '[…]' : '…';
}

function first(problems: readonly (ShapeProblem | null)[]): ShapeProblem | null {
  return problems.find((problem) => problem !== null) ?? null;
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
