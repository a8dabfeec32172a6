import { SvelteSet } from 'svelte/reactivity';

/** Who is connected now. The live connection fills it; pages ask `presence.isOnline(id)`. */
class Presence {
  readonly #online = new SvelteSet<number>();

  isOnline(id: number): boolean {
    return this.#online.has(id);
  }

  replace(online: readonly number[]): void {
    this.#online.clear();
    for (const id of online) this.#online.add(id);
  }

  change(online: readonly number[], offline: readonly number[]): void {
    for (const id of online) this.#online.add(id);
    for (const id of offline) this.#online.delete(id);
  }

  clear(): void {
    this.#online.clear();
  }
}

export const presence = new Presence();
