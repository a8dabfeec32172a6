import { rooms } from './rooms.svelte';

/** Unread messages and mentions over all rooms. */
class Totals {
  get unread(): number {
    return rooms.unread;
  }

  get mentions(): number {
    return rooms.mentions;
  }
}

export const totals = new Totals();
