import { api } from '../../../api/client';
import { session } from '../../../session.svelte';

/**
 * What there is to release to, as suggestions: the names that a flow uses are free, and not everybody may see them all.
 * Each list is asked for once, on the first need.
 */
class InventoryNames {
  #lists = $state.raw<Readonly<Record<string, readonly string[]>>>({});
  readonly #asked = new Set<string>();

  get groups(): readonly string[] {
    return this.#names('host-groups', 'groups');
  }

  get applications(): readonly string[] {
    return this.#names('applications', 'applications');
  }

  get environments(): readonly string[] {
    return this.#names('environments', 'environments');
  }

  /** The server names them to administrators only. */
  get secrets(): readonly string[] {
    if (!session.isAdministrator) return [];
    return this.#names('secrets', 'secrets');
  }

  #names(path: string, key: string): readonly string[] {
    if (!this.#asked.has(path)) {
      this.#asked.add(path);
      void this.#load(path, key);
    }
    return this.#lists[path] ?? [];
  }

  async #load(path: string, key: string): Promise<void> {
    try {
      const answer = await api.get<Record<string, readonly { name: string }[] | undefined>>(`/api/${path}`);
      this.#lists = { ...this.#lists, [path]: (answer[key] ?? []).map(({ name }) => name) };
    } catch {
      // Not reached: then there are no suggestions.
    }
  }
}

export const inventoryNames = new InventoryNames();
