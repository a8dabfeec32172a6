import { untrack } from 'svelte';
import { type ApiProblem, asProblem } from '../api/client';

/** Something that a page loads: nothing yet, the value, or why there is none. */
export class Resource<Value> {
  value = $state.raw<Value | null>(null);
  problem = $state.raw<ApiProblem | null>(null);
  loading = $state(true);
  readonly #read: (signal: AbortSignal) => Promise<Value>;
  #running: AbortController | null = null;

  constructor(read: (signal: AbortSignal) => Promise<Value>) {
    this.#read = read;
  }

  /** Loads again; what is shown stays until the answer is there. The newest call wins. */
  async load(): Promise<void> {
    this.#running?.abort();
    const running = new AbortController();
    this.#running = running;
    this.loading = true;
    try {
      const value = await this.#read(running.signal);
      if (this.#running !== running) return;
      this.value = value;
      this.problem = null;
    } catch (cause) {
      if (this.#running !== running) return;
      this.problem = asProblem(cause);
    }
    this.loading = false;
  }

  /** For a component as it is made: loads while it is shown, and anew when what is read depends on something else. */
  loadWhileShown(): void {
    $effect(() => {
      void this.load();
      return () => this.stop();
    });
  }

  /** For a dialog as it is made: each time that it opens, it begins with nothing. */
  loadWhileOpen(isOpen: () => boolean): void {
    $effect(() => {
      if (!isOpen()) return;
      untrack(() => {
        this.value = null;
        void this.load();
      });
      return () => this.stop();
    });
  }

  /** Forgets the request that is under way, for example when the page goes away. */
  stop(): void {
    this.#running?.abort();
    this.#running = null;
  }
}
