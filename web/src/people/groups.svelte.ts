import { api } from '../api/client';
import type { Group } from './group';

/** The groups of people on this server: few, so all of them are loaded at once, on the first need. */
class Groups {
  #list = $state.raw<readonly Group[] | null>(null);
  #asking: Promise<void> | null = null;

  /** Null until they are loaded, which this starts. Reactive. */
  get list(): readonly Group[] | null {
    if (this.#list === null) void this.load().catch(() => undefined);
    return this.#list;
  }

  /** The group with this name, the one that flows call it by. Reactive. */
  named(name: string): Group | undefined {
    return this.list?.find((group) => group.name === name);
  }

  /** Asks again; several callers share one request. */
  load(): Promise<void> {
    this.#asking ??= this.#load().finally(() => {
      this.#asking = null;
    });
    return this.#asking;
  }

  put(group: Group): void {
    const others = (this.#list ?? []).filter(({ id }) => id !== group.id);
    this.#list = [...others, group].sort((one, other) => one.title.localeCompare(other.title));
  }

  remove(id: number): void {
    this.#list = (this.#list ?? []).filter((group) => group.id !== id);
  }

  clear(): void {
    this.#list = null;
  }

  async #load(): Promise<void> {
    const answer = await api.get<{ groups: Group[] }>('/api/groups');
    this.#list = answer.groups;
  }
}

export const groups = new Groups();
