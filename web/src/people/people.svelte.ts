import { SvelteMap } from 'svelte/reactivity';
import { ApiProblem, api, withQuery, type RequestOptions } from '../api/client';
import type { PeoplePage, Person } from '../api/types';

/** Ids that are asked for within this time are loaded together. */
const gatherMs = 15;
const pageSize = 100;
/** From this many missing ids in one stretch on, a page is cheaper than single requests. */
const pageFrom = 3;

/** Everybody this page has heard of, by id. */
class PeopleCache {
  readonly #byId = new SvelteMap<number, Person>();
  readonly #wanted = new Set<number>();
  /** Asked for already, found or not, so that a render never starts the same request again. */
  readonly #asked = new Set<number>();
  #gathering: ReturnType<typeof setTimeout> | undefined;

  /** The person; undefined until it is loaded, which this starts. Reactive. */
  get(id: number): Person | undefined {
    const person = this.#byId.get(id);
    if (person === undefined && !this.#asked.has(id)) {
      this.#asked.add(id);
      this.#wanted.add(id);
      this.#gathering ??= setTimeout(() => void this.#loadWanted(), gatherMs);
    }
    return person;
  }

  put(person: Person): void {
    this.#asked.add(person.id);
    this.#byId.set(person.id, person);
  }

  putAll(persons: readonly Person[]): void {
    for (const person of persons) this.put(person);
  }

  /** A page of the directory, ordered by id. */
  async search(
    query: string,
    options: RequestOptions & { after?: number; limit?: number } = {},
  ): Promise<PeoplePage> {
    const { after, limit = 30, signal } = options;
    const path = withQuery('/api/people', { query: query.trim(), after, limit });
    const page = await api.get<PeoplePage>(path, { signal });
    this.putAll(page.people);
    return page;
  }

  clear(): void {
    clearTimeout(this.#gathering);
    this.#gathering = undefined;
    this.#wanted.clear();
    this.#asked.clear();
    this.#byId.clear();
  }

  async #loadWanted(): Promise<void> {
    this.#gathering = undefined;
    const ids = [...this.#wanted].sort((one, other) => one - other);
    this.#wanted.clear();
    try {
      for (const stretch of stretches(ids)) await this.#loadStretch(stretch);
    } catch {
      // Names are an extra: show what there is, and let a later look try again.
      for (const id of ids) if (!this.#byId.has(id)) this.#asked.delete(id);
    }
  }

  async #loadStretch(ids: number[]): Promise<void> {
    const first = ids[0];
    if (first === undefined) return;
    if (ids.length >= pageFrom) await this.search('', { after: first - 1, limit: pageSize });
    for (const id of ids) {
      if (!this.#byId.has(id)) await this.#loadOne(id);
    }
  }

  async #loadOne(id: number): Promise<void> {
    try {
      this.put(await api.get<Person>(`/api/people/${id}`));
    } catch (cause) {
      // A guest may not see everybody: that stays unknown.
      if (!(cause instanceof ApiProblem && (cause.status === 404 || cause.status === 403))) {
        throw cause;
      }
    }
  }
}

/** Cuts ascending ids into runs that one page of the directory can hold. */
export function stretches(ids: readonly number[]): number[][] {
  const runs: number[][] = [];
  for (const id of ids) {
    const run = runs.at(-1);
    const first = run?.[0];
    if (run !== undefined && first !== undefined && id - first < pageSize) run.push(id);
    else runs.push([id]);
  }
  return runs;
}

export const people = new PeopleCache();
