export type Pane = 'side' | 'diagram' | 'chat';

export interface PaneLayout {
  name: 'wide' | 'medium' | 'phone';
  shows(pane: Pane): boolean;
  /** Those between which one chooses; none where all of them stand side by side. */
  tabs: readonly Pane[];
}

const WIDE_FROM = 960;
const MEDIUM_FROM = 620;

/** What stands side by side in this width. What is my turn comes first where there is room for one thing only. */
export function panesFor(width: number, chosen: Pane): PaneLayout {
  if (width >= WIDE_FROM) return { name: 'wide', shows: () => true, tabs: [] };
  if (width >= MEDIUM_FROM) {
    const beside = chosen === 'chat' ? 'chat' : 'side';
    return { name: 'medium', shows: (pane) => pane === 'diagram' || pane === beside, tabs: ['side', 'chat'] };
  }
  // Before it is measured nothing is drawn, so that no part loads what is thrown away at once.
  return { name: 'phone', shows: (pane) => width > 0 && pane === chosen, tabs: ['side', 'diagram', 'chat'] };
}
