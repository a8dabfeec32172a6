import { SvelteMap } from 'svelte/reactivity';
import type { LookingMessage } from '../../api/types';
import { live } from '../../live/connection.svelte';

const TELL_EVERY_MS = 20_000;
/** Who has not said so for that long has gone without a word. */
const GONE_AFTER_MS = 45_000;

/** Who has this order open just now, and who of them is about to decide. */
export class Lookers {
  readonly #room: number;
  readonly #me: number;
  readonly #seen = new SvelteMap<number, { isDeciding: boolean; until: number }>();
  #isDeciding = false;

  constructor(room: number, me: number) {
    this.#room = room;
    this.#me = me;
  }

  get looking(): number[] {
    return [...this.#seen].flatMap(([person, { isDeciding }]) => (isDeciding ? [] : [person]));
  }

  get deciding(): number[] {
    return [...this.#seen].flatMap(([person, { isDeciding }]) => (isDeciding ? [person] : []));
  }

  get all(): number[] {
    return [...this.#seen.keys()];
  }

  /** Tells the others that I am here until the answer of this is called. */
  start(): () => void {
    const tell = (): void => live.looking(this.#room, this.#isDeciding);
    const end = live.onLooking((message) => this.#heard(message));
    const again = live.onGap(tell);
    const timer = setInterval(tell, TELL_EVERY_MS);
    tell();
    return () => {
      end();
      again();
      clearInterval(timer);
      live.looking(this.#room, null);
    };
  }

  decide(isDeciding: boolean): void {
    if (this.#isDeciding === isDeciding) return;
    this.#isDeciding = isDeciding;
    live.looking(this.#room, isDeciding);
  }

  #heard({ room, person, deciding }: LookingMessage): void {
    if (room !== this.#room || person === this.#me) return;
    if (deciding === null) {
      this.#seen.delete(person);
      return;
    }
    const isNew = !this.#seen.has(person);
    const until = Date.now() + GONE_AFTER_MS;
    this.#seen.set(person, { isDeciding: deciding, until });
    // Whoever comes after me has not heard that I am here.
    if (isNew) live.looking(this.#room, this.#isDeciding);
    setTimeout(() => {
      if (this.#seen.get(person)?.until === until) this.#seen.delete(person);
    }, GONE_AFTER_MS);
  }
}
