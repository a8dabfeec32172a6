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

  /** Forgets the request that is under way, for example when the page goes away. */
  stop(): void {
    this.#running?.abort();
    this.#running = null;
  }
}
