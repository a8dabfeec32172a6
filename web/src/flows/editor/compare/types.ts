import type { components } from '../../../api/schema';
import type { DiagramLink, DiagramNode } from '../../../diagram/model';

/** A published version, or a text such as a draft. */
export type Side = { flow: string; version: number } | { yaml: string };

export type Mark = 'added' | 'removed' | 'changed' | 'same';

/** One thing that differs; crates/flow/src/difference has the meaning of each. */
export interface Change {
  kind: 'added' | 'removed' | 'changed' | 'renamed';
  what: 'node' | 'link' | 'field' | 'rule' | 'flow';
  id: string;
  key?: string | null;
  words: components['schemas']['EachLanguage'];
}

export interface Difference {
  changes: readonly Change[];
  diagram: { nodes: (DiagramNode & { mark: Mark })[]; links: (DiagramLink & { mark: Mark })[] };
  /** A line for each change. */
  text: components['schemas']['EachLanguage'];
}
