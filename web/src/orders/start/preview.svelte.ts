import { type ApiProblem, ApiProblem as Problem, api } from '../../api/client';
import type { Values } from '../form/types';
import type { Chosen, Preview, PreviewStep } from './types';

type OnAnswer = (steps: readonly PreviewStep[], forbidden: Preview['problem']) => void;

/** Which way the order would go with these values; asked again when the typing rests, and only the newest answer counts. */
export class PreviewState {
  /** The last way that could be told. */
  steps = $state.raw<readonly PreviewStep[]>([]);
  /** The values are not right yet, so `steps` may be those of earlier ones. */
  isOld = $state(false);
  wasAnswered = $state(false);
  problem = $state.raw<ApiProblem | null>(null);
  /** What no other value of the form but one makes good: a permission that is missing. The form itself says the rest. */
  forbidden = $state.raw<Preview['problem']>(null);
  loading = $state(true);
  readonly #order: number;
  readonly #onanswer: OnAnswer;
  readonly #restMs: number;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #running: AbortController | null = null;

  constructor(order: number, onanswer: OnAnswer, restMs = 350) {
    this.#order = order;
    this.#onanswer = onanswer;
    this.#restMs = restMs;
  }

  ask(form: Values, chosen: Chosen): void {
    clearTimeout(this.#timer);
    this.loading = true;
    // The first one is wanted at once.
    this.#timer = setTimeout(() => void this.#load(form, chosen), this.wasAnswered ? this.#restMs : 0);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#running?.abort();
    this.#running = null;
  }

  async #load(form: Values, chosen: Chosen): Promise<void> {
    this.#running?.abort();
    const running = new AbortController();
    this.#running = running;
    try {
      const path = `/api/orders/${this.#order}/preview`;
      const { steps, problem } = await api.post<Preview>(path, { form, chosen }, { signal: running.signal });
      if (this.#running !== running) return;
      this.isOld = steps.length === 0;
      if (steps.length > 0) this.steps = steps;
      this.wasAnswered = true;
      this.forbidden = problem?.type === '/problems/may_not_release' ? problem : null;
      this.#onanswer(steps, this.forbidden);
      this.problem = null;
    } catch (cause) {
      if (this.#running !== running) return;
      if (!(cause instanceof Problem)) throw cause;
      this.problem = cause;
    }
    this.loading = false;
  }
}
