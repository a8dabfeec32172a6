import { SvelteMap } from 'svelte/reactivity';
import { people } from '../../../people/people.svelte';
import type { Who } from '../definition';

export type WhoKind = 'manager' | 'chosen' | 'administrators' | 'requester' | 'person' | 'group' | 'field';

export function kindOfWho(who: Who): WhoKind {
  if (typeof who === 'string') return who;
  return 'person' in who ? 'person' : 'group' in who ? 'group' : 'field';
}

/** Somebody of this kind, with what is most likely meant. */
export function whoOfKind(kind: WhoKind, likely: { field: string; group: string }): Who {
  switch (kind) {
    case 'person':
      return { person: '' };
    case 'group':
      return { group: likely.group };
    case 'field':
      return { field: likely.field };
    default:
      return kind;
  }
}

/** Flows name people by their usernames; the directory is asked for each of them once. */
class Usernames {
  readonly #ids = new SvelteMap<string, number | null>();
  readonly #asked = new Set<string>();

  /** The person's id; null while it is not known, or when there is nobody. Reactive. */
  idOf(username: string): number | null {
    if (username !== '' && !this.#asked.has(username)) {
      this.#asked.add(username);
      void this.#ask(username);
    }
    return this.#ids.get(username) ?? null;
  }

  async #ask(username: string): Promise<void> {
    try {
      const page = await people.search(username, { limit: 100 });
      this.#ids.set(username, page.people.find((person) => person.username === username)?.id ?? null);
    } catch {
      // Names are an extra: the next look asks again.
      this.#asked.delete(username);
    }
  }
}

export const usernames = new Usernames();
