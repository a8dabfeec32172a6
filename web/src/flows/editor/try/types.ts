import type { components } from '../../../api/schema';
import type { DiagramModel, NodeState } from '../../../diagram/model';
import type { NodeKind } from '../definition';

type Schemas = components['schemas'];
type Each = Schemas['EachLanguage'];

export type Verdict =
  | 'approve'
  | 'reject'
  | 'return'
  | 'done'
  | 'resubmit'
  | 'succeeded'
  | 'failed'
  | 'retry'
  | 'skip'
  | 'time_passes';

/** What somebody, a machine or time answers at a node; the person is the first who is asked when it is left out. */
export interface DryRunAnswer {
  node: string;
  verdict: Verdict;
  person?: number;
  form?: object;
}

/** One node that the order came to; crates/flow/src/rehearsal/step.rs has the meaning of each. */
export interface DryRunStep {
  node: string;
  kind: NodeKind;
  name: Each;
  link?: number | null;
  state: NodeState;
  people: readonly number[];
  asked?: readonly { person: number; because: Each; instead_of?: number | null }[];
  took_links?: readonly number[];
  choice?: { inputs: Record<string, unknown>; tried: readonly { link: number; when?: string | null; holds: boolean }[] } | null;
  run?: { group?: string | null; application?: string | null; environment?: string | null; parameters: Record<string, string> } | null;
  automatic?: 'timeout' | 'same_person' | 'nobody' | 'preview' | null;
}

export interface DryRunWait {
  node: string;
  kind: NodeKind;
  name: Each;
  people: readonly number[];
  administrators: boolean;
  verdicts: readonly Verdict[];
  timer_ms?: number | null;
}

export interface DryRunReport {
  steps: readonly DryRunStep[];
  waiting: readonly DryRunWait[];
  /** How it ended: `approved`, `rejected` and so on; null while it goes on. */
  ended: string | null;
  diagram: DiagramModel;
  /** By node, the hosts that its script would run on now, batch by batch. */
  hosts: Readonly<Record<string, readonly (readonly string[])[]>>;
  /** The first answer that can not be given there any more; those after it were not given. */
  refused?: { answer: number; problem: Schemas['Problem'] } | null;
}

/** Past orders that would go another way through this text. */
export interface HistoryReport {
  looked_at: number;
  /** Those whose own way can not be gone again, because somebody has left since. */
  not_comparable: number;
  different: readonly {
    order: number;
    number: number;
    /** Null for who may not read the order. */
    title: Each | null;
    before: readonly string[];
    after: readonly string[];
    /** Why there is no way through the text. */
    problem?: Schemas['Problem'] | null;
  }[];
}
