import type { Language } from '../i18n/language.svelte';

/** Text in both languages; a diagram shows the reader's. */
export type Words = { zh: string; en: string };

export type NodeState =
  | 'idle'
  | 'waiting'
  | 'running'
  | 'done'
  | 'rejected'
  | 'failed'
  | 'partly'
  | 'skipped'
  | 'cancelled'
  | 'returned';

export type LinkState = 'idle' | 'taken' | 'live' | 'failed';

/** `club` is the card suit. */
export type Shape =
  | 'ellipse'
  | 'rounded'
  | 'rectangle'
  | 'diamond'
  | 'club'
  | 'hexagon'
  | 'bar'
  | 'document'
  | 'clock'
  | 'cylinder';

export interface DiagramNode {
  id: string;
  /** Chooses the template; see `templates.ts`. */
  kind: string;
  shape: Shape;
  text: Words;
  /** The second line, for example "✓ Fu 10:02"; without one the state's word stands there. */
  note?: Words;
  state: NodeState;
  /** Where somebody put its middle; without one the layout finds a place. */
  at?: readonly [number, number];
  /** A run node whose host this is: drawn as a lane beside it. In the tree layout: the node above it. */
  parent?: string;
  /** How far it is, in percent: a bar at its lower edge. The note says it in words. */
  progress?: number;
  /** CSS colours (names, hex, rgb, hsl) in place of the state's. */
  colors?: { fill?: string; stroke?: string; text?: string; background?: string };
}

export interface DiagramLink {
  id: string;
  from: string;
  to: string;
  text?: Words;
  state: LinkState;
  color?: string;
}

export interface DiagramModel {
  nodes: DiagramNode[];
  links: DiagramLink[];
}

/** Whole new values by id; an id that is not there yet is added at the end. */
export interface DiagramChanges {
  nodes: DiagramNode[];
  links: DiagramLink[];
  removed_nodes?: string[];
  removed_links?: string[];
}

/**
 * The model after the changes. What did not change keeps its identity, so that only what did is drawn
 * anew. A link goes together with the last of its ends.
 */
export function applyChanges(model: DiagramModel, changes: DiagramChanges): DiagramModel {
  const nodes = merge(model.nodes, changes.nodes, changes.removed_nodes);
  const links = merge(model.links, changes.links, changes.removed_links);
  if ((changes.removed_nodes ?? []).length === 0) return { nodes, links };
  const kept = new Set(nodes.map(({ id }) => id));
  return { nodes, links: links.filter(({ from, to }) => kept.has(from) && kept.has(to)) };
}

/** The model with its nodes where somebody put them. */
export function withPlaces(model: DiagramModel, places: Readonly<Record<string, readonly [number, number]>> | undefined): DiagramModel {
  if (places === undefined || Object.keys(places).length === 0) return model;
  return { ...model, nodes: model.nodes.map((node) => (places[node.id] === undefined ? node : { ...node, at: places[node.id] })) };
}

function merge<Item extends { id: string }>(items: Item[], changed: Item[], removed: string[] = []): Item[] {
  if (changed.length === 0 && removed.length === 0) return items;
  const byId = new Map(changed.map((item) => [item.id, item]));
  const gone = new Set(removed);
  const merged: Item[] = [];
  for (const item of items) {
    const next = byId.get(item.id) ?? item;
    byId.delete(item.id);
    if (!gone.has(item.id)) merged.push(next);
  }
  for (const item of byId.values()) if (!gone.has(item.id)) merged.push(item);
  return merged;
}

export function wordsIn(language: Language, words: Words | undefined): string {
  if (words === undefined) return '';
  return language === 'zh-CN' ? words.zh : words.en;
}
