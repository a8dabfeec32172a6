import type { Definition } from '../definition';

/** What JSON and YAML can hold. */
export type Plain = string | number | boolean | null | readonly Plain[] | { readonly [key: string]: Plain };

const nodeDefaults: Record<string, Plain> = {
  own: false,
  nobody: 'administrator',
  rule: 'all',
  on: 'local',
  batches: 'parallel',
  failures: '0',
  idempotent: false,
  lock: 'wait',
};
const fieldDefaults: Record<string, Plain> = { required: false, whole: false, time: false, help: '' };
const ruleDefaults: Record<string, Plain> = {
  same_person_twice: 'ask',
  withdraw: 'before_first_verdict',
  resubmit: 'every_step',
  loop_cap: 20,
  utc_offset: '+00:00',
};
/** Lists and maps that mean the same when they are empty and when they are left out. `return_to: []` is not one. */
const emptyByDefault = new Set([
  'form', 'fields', 'timeouts', 'to', 'parameters', 'secrets', 'releasers', 'artifacts', 'options', 'columns', 'rules', 'layout',
]);

/** The definition with everything left out that is as good as left out, so that two of them can be compared. */
export function plainOf(definition: Definition): Plain {
  const { nodes, links, form, rules, ...rest } = definition;
  return without(
    {
      ...(rest as Record<string, Plain>),
      form: (form ?? []).map(plainField),
      nodes: nodes.map((node) => without(node as unknown as Record<string, Plain>, nodeDefaults)),
      links: links.map((link) => without(link as unknown as Record<string, Plain>, { otherwise: false })),
      rules: without((rules ?? {}) as Record<string, Plain>, ruleDefaults),
    },
    { description: '' },
  );
}

function plainField(field: NonNullable<Definition['form']>[number]): Plain {
  const columns = (field.columns ?? []).map(plainField);
  return without({ ...(field as unknown as Record<string, Plain>), columns }, fieldDefaults);
}

function without(map: Readonly<Record<string, Plain>>, defaults: Readonly<Record<string, Plain>>): Record<string, Plain> {
  const kept = Object.entries(map).filter(([key, value]) => {
    if (value === undefined || value === null || value === defaults[key]) return false;
    return !(emptyByDefault.has(key) && Object.keys(value as object).length === 0);
  });
  return Object.fromEntries(kept.map(([key, value]) => [key, key === 'timeouts' ? (value as Plain[]).map(plainTimeout) : value]));
}

function plainTimeout(timeout: Plain): Plain {
  return without(timeout as Record<string, Plain>, {});
}

/** Whether two values are the same, whatever the order of their keys. */
export function isSame(one: unknown, other: unknown): boolean {
  if (Array.isArray(one) && Array.isArray(other)) {
    return one.length === other.length && one.every((part, index) => isSame(part, other[index]));
  }
  if (typeof one === 'object' && typeof other === 'object' && one !== null && other !== null) {
    if (Array.isArray(one) || Array.isArray(other)) return false;
    const [first, second] = [one as Record<string, unknown>, other as Record<string, unknown>];
    const keys = Object.keys(first);
    return keys.length === Object.keys(second).length && keys.every((key) => Object.hasOwn(second, key) && isSame(first[key], second[key]));
  }
  return one === other;
}
