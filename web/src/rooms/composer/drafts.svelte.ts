import { SvelteMap } from 'svelte/reactivity';
import { session } from '../../session.svelte';
import { storage } from '../storage';

/** What was begun and not sent, kept per room in this browser. Reactive, for the list of rooms shows it. */
class Drafts {
  readonly #known = new SvelteMap<string, string>();

  get(room: number): string {
    const key = keyOf(room);
    return this.#known.get(key) ?? storage.read(key) ?? '';
  }

  set(room: number, text: string): void {
    const key = keyOf(room);
    this.#known.set(key, text);
    if (text === '') storage.remove(key);
    else storage.write(key, text);
  }
}

function keyOf(room: number): string {
  return `countersign.draft.${session.me?.person.id ?? 0}.${room}`;
}

export const drafts = new Drafts();
