import { api, withQuery } from '../api/client';
import type { Person, RoomPeoplePage, RoomPerson } from '../api/types';
import { people } from '../people/people.svelte';
import type { Room } from './room.svelte';

const PAGE = 100;
/** Beyond this the server sends no read positions, and nobody wants to see them. */
export const READERS_AT_MOST = 100;

/** The people of one room, as far as they were loaded. */
export class Members {
  list = $state.raw<readonly RoomPerson[]>([]);
  hasMore = $state(true);
  isLoading = $state(false);
  hasFailed = $state(false);
  readonly #room: Room;

  constructor(room: Room) {
    this.#room = room;
  }

  /** The first page anew; membership may have changed. */
  async load(): Promise<void> {
    await this.#loadAfter(0, []);
  }

  async loadMore(): Promise<void> {
    if (this.isLoading || !this.hasMore) return;
    await this.#loadAfter(this.list.at(-1)?.person.id ?? 0, this.list);
  }

  /** Loaded people whose username or name has the text, those that begin with it first. */
  matching(query: string): Person[] {
    const wanted = query.toLowerCase();
    const rank = ({ username, name }: Person) =>
      username.toLowerCase().startsWith(wanted) || name.toLowerCase().startsWith(wanted)
        ? 0
        : username.toLowerCase().includes(wanted) || name.toLowerCase().includes(wanted)
          ? 1
          : 2;
    return this.list
      .map(({ person }) => people.get(person.id) ?? person)
      .filter((person) => person.active && rank(person) < 2)
      .sort((one, other) => rank(one) - rank(other));
  }

  async #loadAfter(after: number, before: readonly RoomPerson[]): Promise<void> {
    this.isLoading = true;
    try {
      const path = withQuery(`/api/rooms/${this.#room.id}/people`, { after, limit: PAGE });
      const page = await api.get<RoomPeoplePage>(path);
      people.putAll(page.people.map(({ person }) => person));
      for (const { person, read_seq } of page.people) this.#room.readBy(person.id, read_seq);
      this.list = [...before, ...page.people];
      this.hasMore = page.has_more;
      this.hasFailed = false;
    } catch {
      this.hasFailed = true;
    } finally {
      this.isLoading = false;
    }
  }
}
