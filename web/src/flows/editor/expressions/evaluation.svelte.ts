import { api, asProblem } from '../../../api/client';
import { wordsIn, type Words } from '../../../i18n/words';
import type { Field, Values } from '../../../orders/form/types';

export interface Question {
  expression: string;
  fields: readonly Field[];
  form: Values;
}

interface Answer {
  value?: unknown;
  problem?: { words: Words } | null;
}

/** What an expression gives for the sample, asked of the server whenever the typing rests. */
export class Evaluation {
  /** As a person would write it; null while nothing is known. */
  value = $state.raw<string | null>(null);
  problem = $state<string | null>(null);
  readonly #restMs: number;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #running: AbortController | null = null;

  constructor(restMs = 350) {
    this.#restMs = restMs;
  }

  ask(question: Question): void {
    this.stop();
    if (question.expression.trim() === '') {
      this.value = null;
      this.problem = null;
      return;
    }
    this.#timer = setTimeout(() => void this.#ask(question), this.#restMs);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#running?.abort();
    this.#running = null;
  }

  async #ask(question: Question): Promise<void> {
    const running = new AbortController();
    this.#running = running;
    try {
      const answer = await api.post<Answer>('/api/flows/evaluate', question, { signal: running.signal });
      if (this.#running !== running) return;
      this.problem = answer.problem ? wordsIn(answer.problem.words) : null;
      this.value = this.problem === null ? textOf(answer.value) : null;
    } catch (cause) {
      if (this.#running !== running) return;
      this.value = null;
      this.problem = asProblem(cause).message;
    }
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? `"${value}"` : JSON.stringify(value ?? null);
}
