import { OrderFormState } from '../../../orders/form/form.svelte';
import type { Field } from '../../../orders/form/types';
import { session } from '../../../session.svelte';
import { keptValues } from '../form/fields';
import type { FlowModel } from '../model.svelte';

/** What somebody fills in to see what the flow makes of it: one for all expressions of a flow and for its dry run. */
export class Sample {
  readonly form = new OrderFormState({ fields: [] });
  requester = $state<number | null>(session.person?.id ?? null);
  /** Whom the requester would choose, by node. */
  chosen = $state.raw<Readonly<Record<string, readonly number[]>>>({});

  /** The flow has these fields now: what was filled in stays where it can. */
  take(fields: readonly Field[]): void {
    if (fields === this.form.fields) return;
    this.form.replace({ fields, values: keptValues(this.form.values, this.form.fields, fields) });
  }
}

const samples = new WeakMap<FlowModel, Sample>();

export function sampleOf(model: FlowModel): Sample {
  let sample = samples.get(model);
  if (sample === undefined) {
    sample = new Sample();
    samples.set(model, sample);
  }
  return sample;
}
