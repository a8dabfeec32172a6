import type { Language } from '../../i18n/language.svelte';
import type { Words } from '../../i18n/words';
import { freeId, linkOfKey, type Definition, type FlowLink, type FlowNode, type Layout, type NodeKind } from './definition';

/*
 * What people do to a flow on the canvas, as changes of a draft: they know no page and no model. Limits of
 * crates/flow are kept here, so that nobody draws what could never be published.
 */

export const limits = { nodes: 500, links: 1_000, place: 100_000 } as const;

export type Spot = readonly [number, number];

/** Where nodes stand as they are drawn, by id. */
export type Spots = ReadonlyMap<string, Spot>;

export function spotsOf(boxes: ReadonlyMap<string, { x: number; y: number }>): Spots {
  return new Map([...boxes].map(([id, { x, y }]) => [id, [Math.round(x), Math.round(y)]]));
}

const names: Record<NodeKind, { zh: string; en: string }> = {
  start: { zh: '开始', en: 'Start' },
  end: { zh: '结束', en: 'End' },
  approve: { zh: '审批', en: 'Approval' },
  handle: { zh: '办理', en: 'Work' },
  condition: { zh: '条件', en: 'Condition' },
  fork: { zh: '并行', en: 'Fork' },
  join: { zh: '汇合', en: 'Join' },
  run: { zh: '执行', en: 'Run' },
  cc: { zh: '抄送', en: 'Copy' },
  wait: { zh: '等待', en: 'Wait' },
};

/** A new node of a kind, with what most flows say there. */
export function newNode(kind: NodeKind, id: string): FlowNode {
  const node = { id, name: { ...names[kind] } };
  switch (kind) {
    case 'approve':
      return { ...node, kind, who: ['manager'] };
    case 'handle':
    case 'cc':
      return { ...node, kind, who: ['requester'] };
    case 'run':
      return { ...node, kind, script: 'set -eu\n' };
    case 'wait':
      return { ...node, kind, for: '1h' };
    default:
      return { ...node, kind };
  }
}

/** Adds a node and answers its id; `at` is where it stands, when nodes have places. */
export function addNode(draft: Definition, kind: NodeKind, at: Spot | null): string {
  const id = freeId(kind, new Set(draft.nodes.map((node) => node.id)));
  draft.nodes.push(newNode(kind, id));
  if (at !== null) place(draft, new Map([[id, at]]));
  return id;
}

/** Whether a link may be drawn: nothing leads into a start, out of an end or to itself, and no link is there twice. */
export function mayConnect({ nodes, links }: Definition, from: string, to: string): boolean {
  const [source, target] = [nodes.find(({ id }) => id === from), nodes.find(({ id }) => id === to)];
  if (source === undefined || target === undefined || links.length >= limits.links) return false;
  if (from === to || source.kind === 'end' || target.kind === 'start') return false;
  return !links.some((link) => link.from === from && link.to === to);
}

/** Adds a link; from a condition, the first one is taken otherwise, and the next ones ask for their expression. */
export function connect(draft: Definition, from: string, to: string): void {
  if (!mayConnect(draft, from, to)) return;
  const link: FlowLink = { from, to };
  if (draft.nodes.find(({ id }) => id === from)?.kind === 'condition') {
    if (draft.links.some((other) => other.from === from && other.otherwise === true)) link.when = '';
    else link.otherwise = true;
  }
  draft.links.push(link);
}

/** Puts a node into a link: what led to the old target leads to the node, and from there on. */
export function insertInto(draft: Definition, key: string, id: string): void {
  const index = linkOfKey(draft, key);
  const link = index === null ? undefined : draft.links[index];
  if (link === undefined || link.from === id || link.to === id) return;
  const { to } = link;
  link.to = id;
  connect(draft, id, to);
}

/** Removes nodes and links; what named the nodes goes with them. */
export function remove(draft: Definition, keys: readonly string[]): void {
  const gone = new Set(keys);
  const goneLinks = new Set(keys.flatMap((key) => linkOfKey(draft, key) ?? []));
  draft.nodes = draft.nodes.filter(({ id }) => !gone.has(id));
  draft.links = draft.links.filter(({ from, to }, index) => !goneLinks.has(index) && !gone.has(from) && !gone.has(to));
  for (const node of draft.nodes) {
    if ('return_to' in node && node.return_to) node.return_to = node.return_to.filter((id) => !gone.has(id));
  }
  setLayout(draft, Object.entries(draft.layout ?? {}).filter(([id]) => !gone.has(id)));
}

/** Puts nodes somewhere. */
export function place(draft: Definition, spots: Spots): void {
  const layout = new Map(Object.entries(draft.layout ?? {}));
  for (const [id, [x, y]] of spots) layout.set(id, [bounded(x), bounded(y)]);
  setLayout(draft, [...layout]);
}

/** Once one node is placed by hand, all are: nothing else moves when something is added. */
export function placeAll(draft: Definition, shown: Spots, changed: Spots): void {
  const known = new Set(draft.nodes.map(({ id }) => id));
  const standing = [...shown].filter(([id]) => known.has(id) && draft.layout?.[id] === undefined);
  place(draft, new Map([...standing, ...changed]));
}

/** Leaves everything to the automatic layout. */
export function arrange(draft: Definition): void {
  setLayout(draft, []);
}

/** Says something else in one language, and leaves the other as it is. */
export function renamed(words: Words, text: string, language: Language): Words {
  if (typeof words === 'string') return text;
  return language === 'zh-CN' ? { ...words, zh: text } : { ...words, en: text };
}

export function rename(draft: Definition, id: string, text: string, language: Language): void {
  const node = draft.nodes.find((one) => one.id === id);
  if (node !== undefined) node.name = renamed(node.name, text, language);
}

function setLayout(draft: Definition, entries: readonly [string, [number, number]][]): void {
  if (entries.length === 0) delete draft.layout;
  else draft.layout = Object.fromEntries(entries) as Layout;
}

function bounded(value: number): number {
  return Math.min(limits.place, Math.max(-limits.place, Math.round(value)));
}
