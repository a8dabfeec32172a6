import { type ApiProblem, api, asProblem } from '../api/client';
import { lineOf } from './lines';
import type { FlowCheck, FlowProblem, FlowSummary } from './types';

/** The text of a flow on its way to being published: checked by the server whenever the typing rests. */
export class Publishing {
  yaml = $state('');
  note = $state('');
  /** The last answer, and the text that it is about. */
  checked = $state.raw<{ yaml: string; answer: FlowCheck } | null>(null);
  checking = $state(false);
  problem = $state.raw<ApiProblem | null>(null);
  readonly #restMs: number;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #running: AbortController | null = null;

  constructor(restMs = 500) {
    this.#restMs = restMs;
  }

  get problems(): readonly FlowProblem[] {
    return this.checked?.answer.problems ?? [];
  }

  /** Nothing is wrong with exactly this text. */
  get isReady(): boolean {
    return this.checked !== null && this.checked.yaml === this.yaml && this.problems.length === 0;
  }

  readonly markedLines: readonly number[] = $derived(
    this.problems.map((problem) => lineOf(problem, this.yaml)).filter((line) => line !== null),
  );

  begin(yaml: string): void {
    this.stop();
    this.yaml = yaml;
    this.note = '';
    this.checked = null;
    this.problem = null;
    if (yaml.trim() !== '') void this.check();
  }

  changed(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.check(), this.#restMs);
  }

  async check(): Promise<void> {
    this.stop();
    if (this.yaml.trim() === '') {
      this.checked = null;
      return;
    }
    const running = new AbortController();
    this.#running = running;
    this.checking = true;
    const { yaml } = this;
    try {
      const answer = await api.post<FlowCheck>('/api/flows/check', { yaml }, { signal: running.signal });
      if (this.#running !== running) return;
      this.checked = { yaml, answer };
      this.problem = null;
    } catch (cause) {
      if (this.#running !== running) return;
      this.problem = asProblem(cause);
    }
    this.checking = false;
  }

  publish(): Promise<FlowSummary> {
    return api.post<FlowSummary>('/api/flows', { yaml: this.yaml, note: this.note.trim() });
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#running?.abort();
    this.#running = null;
    this.checking = false;
  }
}
