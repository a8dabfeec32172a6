import { type ApiProblem, api, asProblem } from '../../../api/client';
import type { Sample } from '../expressions/sample.svelte';
import type { FlowModel } from '../model.svelte';
import type { DryRunAnswer, DryRunReport, Verdict } from './types';

/** An order that goes through the flow as it stands in the editor, answered step by step. Nothing of it is kept. */
export class DryRun {
  report = $state.raw<DryRunReport | null>(null);
  problem = $state.raw<ApiProblem | null>(null);
  busy = $state(false);
  answers = $state.raw<readonly DryRunAnswer[]>([]);
  /** The text that the report is about. */
  #yaml = $state('');
  readonly #model: FlowModel;
  readonly #sample: Sample;
  #running: AbortController | null = null;

  constructor(model: FlowModel, sample: Sample) {
    this.#model = model;
    this.#sample = sample;
  }

  /** The flow is another one by now. */
  get isOld(): boolean {
    return this.report !== null && this.#yaml !== this.#model.yaml;
  }

  /** Goes from the start; with `again`, the same answers are given to the flow as it is now. */
  async begin(again = false): Promise<void> {
    await this.#ask(again ? this.answers : []);
  }

  async answer(node: string, verdict: Verdict): Promise<void> {
    const answer: DryRunAnswer = verdict === 'resubmit' ? { node, verdict, form: this.#sample.form.values } : { node, verdict };
    await this.#ask([...this.answers, answer]);
  }

  /** Takes the last answer back. */
  async back(): Promise<void> {
    await this.#ask(this.answers.slice(0, -1));
  }

  stop(): void {
    this.#running?.abort();
    this.#running = null;
    this.busy = false;
  }

  async #ask(answers: readonly DryRunAnswer[]): Promise<void> {
    this.stop();
    const running = new AbortController();
    this.#running = running;
    this.busy = true;
    const { yaml } = this.#model;
    const { form, requester, chosen } = this.#sample;
    const question = { yaml, form: form.values, requester, chosen, answers };
    try {
      const report = await api.post<DryRunReport>('/api/flows/dry-run', question, { signal: running.signal });
      if (this.#running !== running) return;
      this.report = report;
      // Another flow, or another sample, may not take all of them.
      this.answers = report.refused ? answers.slice(0, report.refused.answer) : answers;
      this.#yaml = yaml;
      this.problem = null;
    } catch (cause) {
      if (this.#running !== running) return;
      this.problem = asProblem(cause);
    }
    this.busy = false;
  }
}
