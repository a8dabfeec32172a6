/**
 * `after`, made of the parts of `before` wherever they are equal: what did not change keeps its identity, so that it is
 * neither drawn anew nor kept twice. Items of lists are found again by their `id`, links by their ends.
 */
export function share<Value>(before: unknown, after: Value): Value {
  if (Object.is(before, after) || typeof after !== 'object' || after === null || typeof before !== 'object' || before === null) {
    return after;
  }
  if (Array.isArray(after)) return Array.isArray(before) ? (shareList(before, after) as Value) : after;
  if (Array.isArray(before)) return after;
  return shareObject(before as Record<string, unknown>, after as Record<string, unknown>) as Value;
}

function shareList(before: readonly unknown[], after: readonly unknown[]): readonly unknown[] {
  const known = new Map(before.map((item, index) => [keyOf(item, index), item]));
  const shared = after.map((item, index) => share(known.get(keyOf(item, index)), item));
  return shared.length === before.length && shared.every((item, index) => Object.is(item, before[index])) ? before : shared;
}

function shareObject(before: Record<string, unknown>, after: Record<string, unknown>): Record<string, unknown> {
  const keys = Object.keys(after);
  const shared = Object.fromEntries(keys.map((key) => [key, share(before[key], after[key])]));
  const old = Object.keys(before);
  // The order of the keys is what the text is written in, so another order is a change.
  const isSame = old.length === keys.length && keys.every((key, index) => key === old[index] && Object.is(shared[key], before[key]));
  return isSame ? before : shared;
}

function keyOf(item: unknown, index: number): unknown {
  if (typeof item !== 'object' || item === null) return index;
  if ('id' in item) return item.id;
  if ('from' in item && 'to' in item) return JSON.stringify([item.from, item.to]);
  return index;
}
