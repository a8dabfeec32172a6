import type { Person } from '../../api/types';
import { people } from '../../people/people.svelte';
import { Suggestions } from '../../ui/suggestions.svelte';
import type { Members } from '../members.svelte';
import { mentionAt, type MentionQuery } from './mention';

const SHOWN = 8;

/** Who may be meant by the `@name` that is being typed. */
export class MentionCompletion extends Suggestions<Person> {
  #query = $state.raw<MentionQuery | null>(null);
  readonly #members: Members;
  readonly #me: number;

  constructor(members: Members, me: number) {
    super();
    this.#members = members;
    this.#me = me;
  }

  get query(): MentionQuery | null {
    return this.#query;
  }

  /** The text or the caret has changed. */
  look(text: string, caret: number): void {
    this.#query = mentionAt(text, caret);
    this.offer(this.#query === null ? [] : this.#offered(this.#query.query));
  }

  override close(): void {
    super.close();
    this.#query = null;
  }

  #offered(query: string): Person[] {
    const known = this.#members.matching(query).filter((person) => person.id !== this.#me);
    // A name that was typed to its end needs no completion; Enter sends then.
    if (known.length === 1 && known[0]?.username.toLowerCase() === query.toLowerCase()) return [];
    // A large room is loaded in part; the server knows the rest.
    if (this.#members.hasMore && query !== '') void this.#search(query);
    return known.slice(0, SHOWN);
  }

  async #search(query: string): Promise<void> {
    try {
      const page = await people.search(query, { limit: SHOWN });
      if (this.#query?.query !== query) return;
      const known = this.found.map((person) => person.id).concat(this.#me);
      const others = page.people.filter((person) => person.active && !known.includes(person.id));
      this.found = [...this.found, ...others].slice(0, SHOWN);
    } catch {
      // Completion is an extra; the name can be typed.
    }
  }
}
