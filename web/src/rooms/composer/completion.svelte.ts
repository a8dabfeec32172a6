import type { Person } from '../../api/types';
import { people } from '../../people/people.svelte';
import type { Members } from '../members.svelte';
import { mentionAt, type MentionQuery } from './mention';

const SHOWN = 8;

/** Who may be meant by the `@name` that is being typed. */
export class MentionCompletion {
  found = $state.raw<readonly Person[]>([]);
  active = $state(0);
  #query = $state.raw<MentionQuery | null>(null);
  readonly #members: Members;
  readonly #me: number;

  constructor(members: Members, me: number) {
    this.#members = members;
    this.#me = me;
  }

  get query(): MentionQuery | null {
    return this.#query;
  }

  get isOpen(): boolean {
    return this.#query !== null && this.found.length > 0;
  }

  /** The text or the caret has changed. */
  look(text: string, caret: number): void {
    this.#query = mentionAt(text, caret);
    this.active = 0;
    this.found = this.#query === null ? [] : this.#offered(this.#query.query);
  }

  close(): void {
    this.#query = null;
  }

  /** Whether the key was for the list; `pick` hears who was chosen. */
  takes(event: KeyboardEvent, pick: (person: Person) => void): boolean {
    if (!this.isOpen) return false;
    const person = this.found[this.active];
    switch (event.key) {
      case 'ArrowDown':
        this.active = (this.active + 1) % this.found.length;
        return true;
      case 'ArrowUp':
        this.active = (this.active - 1 + this.found.length) % this.found.length;
        return true;
      case 'Enter':
      case 'Tab':
        if (event.shiftKey) return false;
        if (person) pick(person);
        return true;
      case 'Escape':
        this.close();
        return true;
      default:
        return false;
    }
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
