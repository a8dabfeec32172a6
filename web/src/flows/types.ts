import type { components } from '../api/schema';
import type { DiagramModel } from '../diagram/model';
import type { Words } from '../i18n/words';
import type { Field } from '../orders/form/types';

type Schemas = components['schemas'];

export type FlowSummary = Schemas['FlowSummary'];
export type FlowVersion = Schemas['FlowVersion'];
/** One thing that is wrong with a flow, and where: a node, a field, or a line of a text that can not be read at all. */
export type FlowProblem = Schemas['CheckedProblem'];

/** One version of a flow, as far as these pages read it; crates/flow has the whole. */
export interface Definition {
  flow: string;
  name: Words;
  form?: Field[];
  /** Where somebody put its nodes. */
  layout?: Record<string, [number, number]>;
}

export interface FlowView {
  summary: FlowSummary;
  versions: FlowVersion[];
  definition: Definition;
  diagram: DiagramModel;
}

export interface FlowCheck {
  problems: FlowProblem[];
  /** Null when the text is no flow. */
  diagram: DiagramModel | null;
}
