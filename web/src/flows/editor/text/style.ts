import { type Node, Pair, Scalar, YAMLMap, YAMLSeq } from 'yaml';
import { orderedKeys } from './key_order';
import type { Plain } from './plain';

/** About as much as a line holds; longer things get a line for each of their parts. */
const lineAtMost = 110;

/** What the server's reader, or another one, could take for a number. */
const numberLike = /^[-+.]?\d[\d_.:eExXob]*$/;

/** A new part of a document, written as the sample flows are: what is short stands in one line. */
export function nodeFor(value: Plain, path: readonly string[], isInLine = false): Node {
  if (Array.isArray(value)) {
    const list = new YAMLSeq();
    list.items = (value as readonly Plain[]).map((part) => nodeFor(part, [...path, '*'], isInLine));
    list.flow = isInLine || (isShort(value) && !isListOfThings(path));
    return list;
  }
  if (typeof value === 'object' && value !== null) {
    const record = value as Readonly<Record<string, Plain>>;
    const map = new YAMLMap();
    map.flow = isInLine || (path.length > 0 && !(path.length === 1 && path[0] === 'rules') && isShort(value));
    map.items = orderedKeys(record, path).map((key) => {
      return new Pair<unknown, unknown>(new Scalar(key), nodeFor(record[key] ?? null, [...path, key], map.flow === true));
    });
    return map;
  }
  const scalar = new Scalar<unknown>(value);
  if (typeof value === 'string') {
    if (value.includes('\n') && !isInLine) scalar.type = Scalar.BLOCK_LITERAL;
    else if (numberLike.test(value)) scalar.type = Scalar.QUOTE_SINGLE;
  }
  return scalar;
}

/** Fields, nodes, links and the like stand one below the other, however few there are. */
function isListOfThings(path: readonly string[]): boolean {
  return ['form', 'nodes', 'links', 'options', 'columns', 'timeouts'].includes(path.at(-1) ?? '');
}

function isShort(value: Plain): boolean {
  const text = JSON.stringify(value);
  return text.length <= lineAtMost && !text.includes(String.raw`\n`);
}
