import type { components } from '../../api/schema';
import type { Words } from '../../i18n/words';
import type { Access, Field, Values } from '../form/types';

type Schemas = components['schemas'];

/** Whom the requester chose, by node. */
export type Chosen = Readonly<Record<string, readonly number[]>>;

/** A draft, as far as its page reads it: a part of what `GET /api/orders/{id}` answers. */
export interface DraftView {
  summary: { id: number; flow: string; flow_name: Words; version: number; updated_at: number };
  form_fields: readonly Field[];
  form: Values;
  access: Readonly<Record<string, Access>>;
  hidden: readonly string[];
  chosen?: Chosen;
  nodes: readonly { id: string; name: Words }[];
}

/** One step of the way that the order would go with these values if everybody approved. */
export type PreviewStep = Schemas['PreviewStep'];

export interface Preview {
  /** Empty while the form is not right yet. */
  steps: readonly PreviewStep[];
  problem: Schemas['Problem'] | null;
}
