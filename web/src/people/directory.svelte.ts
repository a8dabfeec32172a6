import { type ApiProblem, asProblem } from '../api/client';
import type { Person } from '../api/types';
import { people } from './people.svelte';

/** A search in the directory of people, a page at a time. The newest search wins. */
export class Directory {
  query = $state('');
  /** The query that `found` answers. */
  answered = $state('');
  loading = $state(true);
  hasMore = $state(false);
  problem = $state.raw<ApiProblem | null>(null);
  #ids = $state.raw<number[] | null>(null);
  #running: AbortController | null = null;

  /** Null before the first answer. Always the newest state of each person. */
  get found(): Person[] | null {
    if (this.#ids === null) return null;
    return this.#ids.map((id) => people.get(id)).filter((person) => person !== undefined);
  }

  async search(): Promise<void> {
    await this.#load(undefined);
  }

  async loadMore(): Promise<void> {
    await this.#load(this.#ids?.at(-1));
  }

  /** Somebody who has just been made, shown without searching again. */
  add(person: Person): void {
    people.put(person);
    this.#ids = [...(this.#ids ?? []).filter((id) => id !== person.id), person.id];
  }

  stop(): void {
    this.#running?.abort();
    this.#running = null;
  }

  async #load(after: number | undefined): Promise<void> {
    this.#running?.abort();
    const running = new AbortController();
    this.#running = running;
    this.loading = true;
    const query = this.query.trim();
    try {
      const page = await people.search(query, { after, signal: running.signal });
      if (this.#running !== running) return;
      const ids = page.people.map((person) => person.id);
      this.#ids = after === undefined ? ids : [...(this.#ids ?? []), ...ids];
      this.hasMore = page.has_more;
      this.answered = query;
      this.problem = null;
    } catch (cause) {
      if (this.#running !== running) return;
      this.problem = asProblem(cause);
    }
    this.loading = false;
  }
}
