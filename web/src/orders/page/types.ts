/**
 * The objects of orders on the wire, by the names that the client uses; most are generated from the server's own
 * description. Times are Unix milliseconds; ids of orders, tasks and people are whole numbers, those of nodes and
 * fields are text.
 */

import type { components } from '../../api/schema';
import type { DiagramChanges, DiagramModel } from '../../diagram/model';
import type { Words } from '../../i18n/words';
import type { Field, Values } from '../form/types';

type Schemas = components['schemas'];

export type { DiagramChanges, DiagramModel, Field, Values, Words };

export type OrderStatus = Schemas['OrderStatus'];
export type OrderSummary = Schemas['OrderSummary'];
export type OrdersPage = Schemas['OrderPage'];
export type OrderCounts = Schemas['OrderCounts'];
export type Box = 'waiting' | 'mine' | 'copied' | 'done' | 'all';
export type Task = Schemas['Task'];
export type TaskState = Schemas['TaskState'];
export type OrderTimer = Schemas['TimerView'];
/** What happened, as crates/flow/src/event.rs tells it. */
export type OrderEvent = Schemas['Event'] | RunHeld;
/** A releaser holds a run back, or lets it go on. */
type RunHeld = Omit<Extract<Schemas['Event'], { event: 'run_cancelling' }>, 'event' | 'reason'> & {
  event: 'run_paused' | 'run_continued';
  reason?: string | null;
};

/** What a person may do; the server may know more moves than this client. */
export type MoveName =
  | 'approve'
  | 'reject'
  | 'return'
  | 'resubmit'
  | 'transfer'
  | 'add_signer'
  | 'claim'
  | 'unclaim'
  | 'handle'
  | 'nudge'
  | 'withdraw'
  | 'force_close'
  | 'force_transfer'
  | 'retry_failed'
  | 'retry_from'
  | 'skip'
  | 'cancel_run'
  | 'pause_run'
  | 'continue_run';

/** What may be done now, and what it asks for. What does not apply is left out. */
export interface LegalMove {
  move: MoveName;
  task?: number;
  node?: string;
  reason_required: boolean;
  /** Where a return may go: `requester` or nodes; for `retry_from` the run nodes. */
  targets?: readonly string[];
  /** Hosts that can be skipped one by one. */
  hosts?: readonly string[];
  /** Fields that can be changed with it. */
  fields?: readonly string[];
  /** The host that was pointed at, of those that can be skipped; the server does not say it. */
  host?: string;
}

export type OrderView = Omit<
  Schemas['OrderView'],
  'access' | 'diagram' | 'diagram_start' | 'form' | 'form_fields' | 'moves'
> & {
  /** What I may do with fields, as far as my tasks say something about them. */
  access: Readonly<Record<string, 'read' | 'write'>>;
  diagram: DiagramModel;
  /** The diagram before the first entry: replay begins here. */
  diagram_start: DiagramModel;
  /** Only what I may see. */
  form: Values;
  form_fields: Field[];
  moves: LegalMove[];
};

export type FormVersion = Omit<Schemas['FormVersion'], 'form'> & { form: Values };

/** What one entry of an order changed. */
export interface OrderChange {
  seq: number;
  at: number;
  by: number | null;
  changes: DiagramChanges;
  status: OrderStatus;
  form_version: number;
  events: readonly OrderEvent[];
}

export type OrderChangesPage = Omit<Schemas['Changes'], 'changes'> & { changes: OrderChange[] };

/** What a person decides, as it travels in `decide`. A return goes to a node, or to `requester`. */
export type Move =
  | { move: 'approve'; task?: number; comment?: string; form?: Values }
  | { move: 'handle'; task: number; comment?: string; form?: Values }
  | { move: 'reject'; task?: number; reason: string }
  | { move: 'return'; task?: number; to: string; reason: string }
  | { move: 'resubmit'; task?: number; form: Values }
  | { move: 'transfer' | 'force_transfer'; task: number; to: number; reason: string }
  | { move: 'add_signer'; task: number; people: number[]; when: 'before' | 'after'; reason: string }
  | { move: 'claim' | 'unclaim'; task: number }
  | { move: 'nudge'; task?: number }
  | { move: 'withdraw' | 'force_close'; reason: string }
  | { move: 'retry_failed' | 'retry_from' | 'pause_run' | 'continue_run'; node: string }
  | { move: 'skip'; node: string; host?: string; reason: string }
  | { move: 'cancel_run'; node?: string; reason: string };
