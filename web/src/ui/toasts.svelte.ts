import type { ApiProblem } from '../api/client';

export interface Toast {
  id: number;
  text: string;
  kind: 'ok' | 'bad';
}

const shownMs = 5_000;
const shownAtOnce = 4;

/** Short words about something that has just happened; nothing that needs an answer. */
class Toasts {
  list = $state.raw<Toast[]>([]);
  #nextId = 1;

  ok(text: string): void {
    this.#show({ id: this.#nextId++, text, kind: 'ok' });
  }

  problem(problem: ApiProblem): void {
    this.#show({ id: this.#nextId++, text: problem.message, kind: 'bad' });
  }

  dismiss(id: number): void {
    this.list = this.list.filter((toast) => toast.id !== id);
  }

  #show(toast: Toast): void {
    this.list = [...this.list, toast].slice(-shownAtOnce);
    // Somebody has to read why it failed: that takes longer.
    setTimeout(() => this.dismiss(toast.id), toast.kind === 'bad' ? 2 * shownMs : shownMs);
  }
}

export const toasts = new Toasts();
