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
  problem?: { fault: string; words: Words; start?: number | null; end?: number | null } | null;
}

/** Why there is no value. */
export interface Fault {
  words: string;
  /** The characters of the expression that it is about, as far as that can be said. */
  place: { of: string; start: number; end: number } | null;
  /** Other sample values may give a value. */
  isOfValues: boolean;
}

/** What can come of values alone. */
const ofValues = ['division_by_zero', 'missing_key', 'out_of_range'];

/** What an expression gives for the sample, asked of the server whenever the typing rests. */
export class Evaluation {
  /** As a person would write it; null while nothing is known. */
  value = $state.raw<string | null>(null);
  fault = $state.raw<Fault | null>(null);
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
      this.fault = null;
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
      this.fault = answer.problem ? faultOf(answer.problem, question.expression) : null;
      this.value = this.fault === null ? textOf(answer.value) : null;
    } catch (cause) {
      if (this.#running !== running) return;
      this.value = null;
      this.fault = { words: asProblem(cause).message, place: null, isOfValues: true };
    }
  }
}

function faultOf({ fault, words, start, end }: NonNullable<Answer['problem']>, of: string): Fault {
  const place = typeof start === 'number' && typeof end === 'number' ? { of, start, end } : null;
  return { words: wordsIn(words), place, isOfValues: ofValues.includes(fault) };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? `"${value}"` : JSON.stringify(value ?? null);
}
