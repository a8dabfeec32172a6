import { limits, placeAll, type Spot, type Spots } from './commands';
import { freeId, isNodeId, nodeKinds, type Definition, type FlowLink, type FlowNode } from './definition';

/** Nodes that were copied, the links between them, and where they stood. As text it goes from flow to flow. */
export interface FlowPart {
  nodes: FlowNode[];
  links: FlowLink[];
  places: Record<string, Spot>;
}

const MARK = 'countersign/flow-part';
/** What is longer is no part of a flow, or would make one that nobody can publish. */
const TEXT_AT_MOST = 4_000_000;

/** What is copied of a selection; null without a node in it. A flow has one start, so it stays where it is. */
export function partOf({ nodes, links }: Definition, selection: readonly string[], spots: Spots): FlowPart | null {
  const chosen = new Set(selection);
  const copied = nodes.filter(({ id, kind }) => chosen.has(id) && kind !== 'start');
  const ids = new Set(copied.map(({ id }) => id));
  if (ids.size === 0) return null;
  const places = Object.fromEntries([...spots].filter(([id]) => ids.has(id)));
  return structuredClone({ nodes: copied, links: links.filter(({ from, to }) => ids.has(from) && ids.has(to)), places });
}

export function textOf(part: FlowPart): string {
  return JSON.stringify({ [MARK]: 1, ...part }, null, 1);
}

/** The part that a text is; null when it is something else. What is in a node is checked by the server, like all else. */
export function partFrom(text: string): FlowPart | null {
  if (text.length > TEXT_AT_MOST || !text.includes(MARK)) return null;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isRecord(value) || !Array.isArray(value.nodes) || !Array.isArray(value.links) || !isRecord(value.places)) return null;
  const { nodes, links } = value;
  if (nodes.length > limits.nodes || links.length > limits.links) return null;
  if (!nodes.every(isNode) || !links.every(isLink)) return null;
  const places = Object.entries(value.places).filter((entry): entry is [string, Spot] => isSpot(entry[1]));
  return { nodes, links, places: Object.fromEntries(places) };
}

/**
 * Adds a copy under free ids and answers them. It stands beside where it stood by `by`, or in the middle of `around`;
 * in a flow that is laid out automatically it has no place, either.
 */
export function insertPart(draft: Definition, part: FlowPart, shown: Spots, where: { by: Spot } | { around: Spot }): string[] {
  if (draft.nodes.length + part.nodes.length > limits.nodes || draft.links.length + part.links.length > limits.links) return [];
  const taken = new Set(draft.nodes.map(({ id }) => id));
  const ids = new Map<string, string>();
  for (const { id } of part.nodes) {
    const free = freeId(id, taken);
    taken.add(free);
    ids.set(id, free);
  }
  for (const copy of structuredClone(part.nodes)) {
    copy.id = ids.get(copy.id) ?? copy.id;
    if ('return_to' in copy && copy.return_to) copy.return_to = copy.return_to.map((id) => ids.get(id) ?? id);
    draft.nodes.push(copy);
  }
  for (const link of part.links) {
    const [from, to] = [ids.get(link.from), ids.get(link.to)];
    if (from !== undefined && to !== undefined) draft.links.push({ ...structuredClone(link), from, to });
  }
  const [x, y] = offsetOf(part, where);
  const places = Object.entries(part.places).flatMap(([id, spot]): [string, Spot][] => {
    const copy = ids.get(id);
    return copy === undefined ? [] : [[copy, [spot[0] + x, spot[1] + y]]];
  });
  placeAll(draft, shown, new Map(places));
  return [...ids.values()];
}

function offsetOf({ places }: FlowPart, where: { by: Spot } | { around: Spot }): Spot {
  if ('by' in where) return where.by;
  const spots = Object.values(places);
  if (spots.length === 0) return [0, 0];
  const middle = (axis: 0 | 1) => (Math.min(...spots.map((spot) => spot[axis])) + Math.max(...spots.map((spot) => spot[axis]))) / 2;
  return [where.around[0] - middle(0), where.around[1] - middle(1)];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isNode(value: unknown): value is FlowNode {
  if (!isRecord(value) || typeof value.id !== 'string' || !isNodeId(value.id)) return false;
  const { kind, name } = value;
  const isNamed = typeof name === 'string' || (isRecord(name) && typeof name.zh === 'string' && typeof name.en === 'string');
  return isNamed && kind !== 'start' && nodeKinds.some((known) => known === kind);
}

function isLink(value: unknown): value is FlowLink {
  return isRecord(value) && typeof value.from === 'string' && typeof value.to === 'string';
}

function isSpot(value: unknown): value is Spot {
  return Array.isArray(value) && value.length === 2 && value.every((part) => Number.isFinite(part));
}
