/** The keys in the order in which crates/flow writes them; a new key goes behind those that come before it. */
const top = ['flow', 'name', 'description', 'title', 'form', 'nodes', 'links', 'rules', 'layout'];
const field = ['id', 'label', 'type', 'help', 'required', 'min', 'max', 'whole', 'time', 'options', 'columns', 'shown_if'];
const node = [
  'id', 'name', 'kind', 'who', 'rule', 'own', 'nobody', 'fields', 'timeouts', 'return_to', 'for', 'until', 'script', 'on', 'batches',
  'failures', 'pause', 'health', 'timeout', 'idempotent', 'parameters', 'secrets', 'application', 'environment', 'releasers', 'lock', 'artifacts',
];
const link = ['from', 'to', 'when', 'otherwise', 'on', 'text'];
const rules = ['same_person_twice', 'withdraw', 'resubmit', 'loop_cap', 'utc_offset'];

/** `path` holds the keys that lead there, `*` for a place in a list. */
function orderAt(path: readonly string[]): readonly string[] {
  switch (path.join('.')) {
    case '':
      return top;
    case 'form.*':
    case 'form.*.columns.*':
      return field;
    case 'nodes.*':
      return node;
    case 'links.*':
      return link;
    case 'rules':
      return rules;
    default:
      return ['zh', 'en', 'value', 'label', 'after', 'then', 'to'];
  }
}

export function orderedKeys(map: Readonly<Record<string, unknown>>, path: readonly string[]): string[] {
  const order = orderAt(path);
  const known = order.filter((key) => Object.hasOwn(map, key));
  return [...known, ...Object.keys(map).filter((key) => !order.includes(key))];
}

/** Where a new key goes among those that are there. */
export function placeOfKey(key: string, keys: readonly string[], path: readonly string[]): number {
  const order = orderAt(path);
  const rank = order.indexOf(key);
  if (rank === -1) return keys.length;
  const last = keys.findLastIndex((other) => order.includes(other) && order.indexOf(other) < rank);
  return last + 1;
}
