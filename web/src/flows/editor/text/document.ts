import { Document, isMap, isNode, isScalar, isSeq, LineCounter, type Node, Pair, parseDocument, Scalar, visit, type YAMLMap, type YAMLSeq } from 'yaml';
import type { Definition } from '../definition';
import { orderedKeys, placeOfKey } from './key_order';
import { isSame, type Plain, plainOf } from './plain';
import { shapeProblem } from './shape';
import { nodeFor } from './style';

/** What can not be read in a text, and where, from 1. */
export interface TextProblem {
  line: number;
  column: number;
  code: 'syntax' | 'missing' | 'unknown_key' | 'wrong';
  detail: string;
}

export type Reading = { definition: Definition; problems: readonly [] } | { definition: null; problems: readonly TextProblem[] };

type Collection = YAMLMap<unknown, unknown> | YAMLSeq;

const mostProblems = 20;
/** As the sample flows are written; a line is never broken for being long. */
const format = { lineWidth: 0, flowCollectionPadding: false, singleQuote: null, indentSeq: true } as const;

/** Reads a text; nothing is read from one that has a mistake. */
export function readYaml(text: string): Reading {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  if (document.errors.length > 0) {
    const problems = document.errors.slice(0, mostProblems).map(({ pos, message }) => {
      return { ...placeAt(lines, pos[0]), code: 'syntax' as const, detail: message };
    });
    return { definition: null, problems };
  }
  const value: unknown = document.toJS({ maxAliasCount: 100 });
  const problem = shapeProblem(value);
  if (problem === null) return { definition: value as Definition, problems: [] };
  const { line, column } = placeAt(lines, offsetOf(document, problem.path, problem.code === 'unknown_key'));
  return { definition: null, problems: [{ line, column, code: problem.code, detail: problem.detail }] };
}

/**
 * The text of a definition. It is the text before, as far as that says the same: comments, order and the ways in
 * which things are written stay; only what has changed is written anew.
 */
export function yamlOf(definition: Definition, previousText: string): string {
  const wanted = plainOf(definition);
  const document = parseDocument(previousText, { prettyErrors: false });
  const value: unknown = document.errors.length === 0 ? document.toJS({ maxAliasCount: 100 }) : null;
  if (!isMap(document.contents) || shapeProblem(value) !== null || hasAliases(document)) return freshYaml(wanted);
  const current = plainOf(value as Definition);
  if (isSame(current, wanted)) return previousText;
  patchMap(document.contents, current as Record<string, Plain>, wanted as Record<string, Plain>, []);
  return document.toString(format);
}

function freshYaml(wanted: Plain): string {
  const document = new Document();
  document.contents = nodeFor(wanted, []) as typeof document.contents;
  return document.toString(format);
}

/** Changing one place of an alias would change the others; such a text is written anew, which says the same. */
function hasAliases(document: Document.Parsed): boolean {
  let found = false;
  visit(document, {
    Alias() {
      found = true;
      return visit.BREAK;
    },
  });
  return found;
}

/** The node that says what is wanted: this one where it can, else one like it. */
function patch(node: unknown, current: Plain | undefined, wanted: Plain, path: readonly string[]): unknown {
  if (isSame(current, wanted)) return node;
  if (isMap(node) && isRecord(wanted) && isRecord(current)) {
    patchMap(node, current, wanted, path);
    return node;
  }
  if (isSeq(node) && Array.isArray(wanted) && Array.isArray(current)) {
    patchList(node, current as Plain[], wanted as Plain[], path);
    return node;
  }
  if (isScalar(node) && isScalarValue(wanted)) {
    const fresh = nodeFor(wanted, path) as Scalar;
    keepComments(node, fresh);
    // Text that was a block stays one, and quotes stay where they can.
    if (typeof wanted === 'string' && typeof node.value === 'string' && fresh.type !== Scalar.QUOTE_SINGLE) {
      const isBlock = node.type === Scalar.BLOCK_LITERAL || node.type === Scalar.BLOCK_FOLDED;
      if (!isBlock || wanted.includes('\n')) fresh.type = node.type;
    }
    return fresh;
  }
  const fresh = nodeFor(wanted, path);
  keepComments(node, fresh);
  return fresh;
}

function patchMap(
  map: YAMLMap<unknown, unknown>,
  current: Readonly<Record<string, Plain>>,
  wanted: Readonly<Record<string, Plain>>,
  path: readonly string[],
): void {
  // A key that says its default stays: it is in neither of the two.
  map.items = map.items.filter((pair) => !(keyOf(pair) in current) || keyOf(pair) in wanted);
  for (const key of orderedKeys(wanted, path)) {
    const value = wanted[key];
    if (value === undefined) continue;
    const pair = map.items.find((one) => keyOf(one) === key);
    if (pair !== undefined) {
      pair.value = patch(pair.value, current[key], value, [...path, key]);
      continue;
    }
    const keys = map.items.map(keyOf);
    map.items.splice(placeOfKey(key, keys, path), 0, new Pair(new Scalar(key), nodeFor(value, [...path, key])));
  }
  loosen(map);
}

function patchList(list: YAMLSeq, current: readonly Plain[], wanted: readonly Plain[], path: readonly string[]): void {
  const before = list.items;
  const free = new Set(before.keys());
  const take = (fits: (index: number) => boolean): number | undefined => {
    const index = [...free].find(fits);
    if (index !== undefined) free.delete(index);
    return index;
  };
  // First those that are the same, then those that are about the same thing, then what stands at the same place.
  const places = wanted.map((value) => take((index) => isSame(current[index], value)));
  const match = (test: (index: number, value: Plain, place: number) => boolean): void => {
    for (const [place, value] of wanted.entries()) {
      places[place] ??= take((index) => test(index, value, place));
    }
  };
  match((index, value) => nameOf(value) !== null && nameOf(value) === nameOf(current[index]));
  match((index, value, place) => index === place && isRecord(value) && isRecord(current[index]));
  list.items = wanted.map((value, place) => {
    const index = places[place];
    if (index === undefined) return nodeFor(value, [...path, '*'], list.flow === true);
    return patch(before[index], current[index], value, [...path, '*']);
  });
  loosen(list);
}

/** A block of text can not stand in a line that is one list. */
function loosen(collection: Collection): void {
  if (collection.flow !== true) return;
  const parts = collection.items.flatMap((item) => (isPairLike(item) ? [item.value] : [item]));
  if (parts.some((part) => isScalar(part) && typeof part.value === 'string' && part.value.includes('\n'))) collection.flow = false;
}

/** What a part of a list is about: parts with the same name are the same thing, changed. */
function nameOf(value: Plain | undefined): string | null {
  if (!isRecord(value)) return null;
  if (typeof value.id === 'string') return value.id;
  if (typeof value.from === 'string') return `${value.from}→${String(value.to)}:${String(value.on ?? value.when ?? value.otherwise ?? '')}`;
  if (typeof value.value === 'string') return value.value;
  return typeof value.after === 'string' ? value.after : null;
}

function keepComments(from: unknown, to: Node): void {
  if (!isNode(from)) return;
  to.comment = from.comment;
  to.commentBefore = from.commentBefore;
  to.spaceBefore = from.spaceBefore;
}

function keyOf(pair: { key: unknown }): string {
  return String(isScalar(pair.key) ? pair.key.value : pair.key);
}

function isPairLike(item: unknown): item is { key: unknown; value: unknown } {
  return typeof item === 'object' && item !== null && 'key' in item && 'value' in item;
}

function isScalarValue(value: Plain): value is string | number | boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

function isRecord(value: Plain | undefined): value is Record<string, Plain> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function placeAt(lines: LineCounter, offset: number): { line: number; column: number } {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(1, line), column: Math.max(1, col) };
}

/** Where the part at this path begins; the nearest part around it when there is none. */
function offsetOf(document: Document.Parsed, path: readonly (string | number)[], isKey: boolean): number {
  const parent: unknown = isKey ? document.getIn(path.slice(0, -1), true) : null;
  if (isMap(parent)) {
    const key = parent.items.find((pair) => keyOf(pair) === path.at(-1))?.key;
    if (isScalar(key) && key.range) return key.range[0];
  }
  for (let length = path.length; length >= 0; length -= 1) {
    const node: unknown = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
    const range = (node as { range?: [number, number, number] | null } | null)?.range;
    if (range) return range[0];
  }
  return 0;
}
