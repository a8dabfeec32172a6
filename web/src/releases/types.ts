/** The objects of releases on the wire. Times are Unix milliseconds; a host that is null is the server itself. */

import type { components } from '../api/schema';
import type { Words } from '../i18n/words';

type Schemas = components['schemas'];

export type HostState = Schemas['HostState'];
export type RunState = Schemas['RunState'];

/** What a script wrote on one host in one attempt, as a log. */
export interface OutputInfo {
  log: string;
  last_seq: number;
  /** It wrote more than is kept. */
  cut: boolean;
}

export interface RunHost {
  host: string | null;
  /** The last attempt that touched it. */
  attempt: number;
  state: HostState;
  exit: number | null;
  note: Words | null;
  started_ms: number | null;
  ended_ms: number | null;
  /** Percent, when the script says how far it is. */
  progress: number | null;
  output: OutputInfo | null;
}

export interface Artifact {
  name: string;
  sha256: string;
  size: number;
  commit: string | null;
  /** The order that built it, when this one took it over. */
  from_order: number | null;
  /** Null: it is not kept any more. */
  url: string | null;
}

export interface OtherOrder {
  order: number;
  number: number | null;
  title: Words;
}

/** One run node of an order, as it stands. */
export interface Run {
  node: string;
  attempt: number;
  state: RunState;
  /** No further host begins. */
  paused: boolean;
  only_hosts: readonly string[];
  application: string | null;
  environment: string | null;
  /** Who holds the lock of the application and environment. */
  waits_for: OtherOrder | null;
  script: { sha256: string; version: number; published_by: number | null } | null;
  started_ms: number | null;
  ended_ms: number | null;
  note: Words | null;
  batches: readonly (readonly string[])[];
  hosts: readonly RunHost[];
  artifacts: readonly Artifact[];
}

export interface RollbackTarget extends OtherOrder {
  ended_at: number;
}

export interface Runs {
  runs: Run[];
  rollback: { may: boolean; targets: RollbackTarget[] };
}

/** A piece of what a script wrote, that more was written than is kept (bytes; a total of 0 is not known), or how it ended. */
export interface OutputBody {
  text?: string;
  cut?: { kept: number; total: number };
  end?: { exit: number | null; note?: Words | null };
}

export interface OutputEntry {
  seq: number;
  at: number;
  kind: 'output';
  body: OutputBody;
}

export interface OutputPage {
  entries: OutputEntry[];
  has_more: boolean;
  last_seq: number;
}
