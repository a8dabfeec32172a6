import { SvelteMap, SvelteSet } from 'svelte/reactivity';
import { api, newCommandId } from '../../api/client';
import type { Words } from '../../i18n/words';
import { Submission } from '../../ui/submission.svelte';
import { OrderFormState } from '../form/form.svelte';
import type { Values } from '../form/types';
import { Autosave } from './autosave.svelte';
import { t } from './messages';
import { PreviewState } from './preview.svelte';
import { openChoices } from './steps';
import type { Chosen, DraftView } from './types';

interface Content {
  form: Values;
  chosen: Chosen;
}

/** An order that is still being written: its form, its way, and its two ends, sent or discarded. */
export class Draft {
  readonly id: number;
  readonly form: OrderFormState;
  readonly autosave: Autosave<Content>;
  readonly preview: PreviewState;
  readonly submission = new Submission();
  chosen = $state.raw<Chosen>({});
  /** The names of the flow's nodes. */
  readonly names: Readonly<Record<string, Words>>;
  /** Nodes for which the requester chooses the people, whether that is done already or not. */
  readonly choosers: SvelteSet<string>;
  /** What is wrong with the choice of people, by node. */
  readonly choiceErrors = new SvelteMap<string, string>();
  // One id for all attempts: one whose answer was lost may have gone through, and then the repeat gets that answer.
  readonly #command = newCommandId();

  constructor(view: DraftView) {
    const { form_fields: fields, form: values, access, hidden, summary } = view;
    this.id = summary.id;
    this.form = new OrderFormState({ fields, values, access, hidden });
    this.chosen = view.chosen ?? {};
    this.names = Object.fromEntries(view.nodes.map(({ id, name }) => [id, name]));
    this.choosers = new SvelteSet(Object.keys(this.chosen));
    this.preview = new PreviewState(this.id, (steps, forbidden) => {
      for (const { node, choose } of steps) if (choose) this.choosers.add(node);
      this.form.foresee(forbidden?.errors);
    });
    this.autosave = new Autosave<Content>({
      save: (content) => api.put(`/api/orders/${this.id}/draft`, content),
      savedAt: summary.updated_at,
    });
  }

  get content(): Content {
    return { form: this.form.values, chosen: this.chosen };
  }

  choose(chosen: Chosen): void {
    this.chosen = chosen;
    const open = openChoices(this.preview.steps, chosen);
    for (const node of this.choiceErrors.keys()) if (!open.includes(node)) this.choiceErrors.delete(node);
  }

  /** True when the order is on its way. A second call while the first one runs does nothing. */
  async submit(): Promise<boolean> {
    if (this.submission.busy || !this.#isComplete()) return false;
    const done = await this.submission.run(async () => {
      await this.autosave.stop();
      await api.post(`/api/orders/${this.id}/submit`, { command: this.#command, ...this.content });
    });
    if (!done) this.#refused();
    return done;
  }

  async discard(): Promise<void> {
    await this.autosave.stop();
    try {
      await api.delete(`/api/orders/${this.id}/draft`);
    } catch (cause) {
      this.autosave.resume();
      throw cause;
    }
  }

  /** Leaves the page: what waits is still saved. */
  leave(): void {
    this.preview.stop();
    void this.autosave.flush();
  }

  #isComplete(): boolean {
    const isValid = this.form.validate();
    for (const node of openChoices(this.preview.steps, this.chosen)) this.choiceErrors.set(node, t('choosePeople'));
    return isValid && this.choiceErrors.size === 0;
  }

  #refused(): void {
    this.autosave.resume();
    this.autosave.change(this.content);
    const errors = this.submission.problem?.problem.errors ?? [];
    for (const { field, message } of errors) {
      if (field.startsWith('chosen.')) this.choiceErrors.set(field.slice('chosen.'.length), message);
    }
    this.form.refuse(errors);
  }
}
