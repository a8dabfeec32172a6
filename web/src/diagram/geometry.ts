/*
 * Layouts are computed along two axes, so that one program serves both directions: `main` is where the
 * flow goes, `cross` is across it. To the right, main is x; down, main is y.
 */
export type Direction = 'right' | 'down';

export interface Spot {
  main: number;
  cross: number;
}

/** A box around its centre. */
export interface Area extends Spot {
  length: number;
  breadth: number;
}

export interface LayoutNode {
  id: string;
  /** The room it needs, text and all; its figure may be smaller. */
  length: number;
  breadth: number;
  parent?: string;
}

export interface LayoutLink {
  id: string;
  from: string;
  to: string;
  /** The room its text needs along the main axis; 0 without one. */
  label: number;
}

/** Nodes in ranks, before they are wrapped into rows. */
export interface Arrangement {
  areas: Map<string, Area>;
  /** Where a link that passes other ranks crosses them without touching a node. */
  vias: Map<string, Spot[]>;
}

export const gaps = {
  /** Between ranks: room for an arrow, and for lines that turn. */
  rank: 52,
  /** Between nodes of one rank. */
  node: 22,
  /** Between rows: room for the links that go on in the next one. */
  row: 44,
  /** Between lines that run side by side. */
  track: 10,
  /** Between a run node and its lane, and inside the lane. */
  lane: 14,
} as const;

export function startOf(area: Area): number {
  return area.main - area.length / 2;
}

export function endOf(area: Area): number {
  return area.main + area.length / 2;
}

export function topOf(area: Area): number {
  return area.cross - area.breadth / 2;
}

export function bottomOf(area: Area): number {
  return area.cross + area.breadth / 2;
}
