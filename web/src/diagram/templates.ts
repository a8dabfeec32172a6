import type { DiagramNode, Shape } from './model';

/** Where the text stands with respect to the figure; `only` has no figure at all. */
export type Placement = 'inside' | 'below' | 'beside' | 'only';

/** How the nodes of one kind are drawn; what they say and their colours are bound to the data. */
export interface Template {
  placement: Placement;
  /** Between the content and the edge of the panel that `colors.background` fills. */
  padding: number;
  /** A fixed size of the figure; without one the figure fits its text. */
  figure?: { width: number; height: number };
  /** Whether the state stands below the text, as icon and word. */
  showsState: boolean;
}

/** Kinds that a server does not have: pieces of a drawing without a state. */
const drawings: Record<string, Template> = {
  text: { placement: 'only', padding: 8, showsState: false },
  figure: { placement: 'below', padding: 0, figure: { width: 48, height: 48 }, showsState: false },
  'panel-below': { placement: 'below', padding: 8, figure: { width: 44, height: 44 }, showsState: false },
  'panel-beside': { placement: 'beside', padding: 8, figure: { width: 44, height: 44 }, showsState: false },
  'panel-inside': { placement: 'inside', padding: 0, figure: { width: 84, height: 84 }, showsState: false },
  plain: { placement: 'inside', padding: 0, showsState: false },
};

/** Figures that have no room for words in them. */
const figures: Partial<Record<Shape, Template>> = {
  club: { placement: 'below', padding: 0, figure: { width: 46, height: 46 }, showsState: true },
  clock: { placement: 'below', padding: 0, figure: { width: 40, height: 40 }, showsState: true },
  bar: { placement: 'below', padding: 0, figure: { width: 14, height: 48 }, showsState: true },
};

const usual: Template = { placement: 'inside', padding: 0, showsState: true };

export function templateOf(node: Pick<DiagramNode, 'kind' | 'shape'>): Template {
  return drawings[node.kind] ?? figures[node.shape] ?? usual;
}
