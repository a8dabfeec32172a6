import { SvelteMap } from 'svelte/reactivity';
import type { LookingMessage } from '../../api/types';
import { live } from '../../live/connection.svelte';

const TELL_EVERY_MS = 20_000;
/** Whoever has just come may not hear us yet: the page is there before its connection. */
const ANSWER_AFTER_MS = 1_000;
/** Who has not said so for that long has gone without a word. */
const GONE_AFTER_MS = 45_000;

/** Who has this order open just now, and who of them is about to decide. */
export class Lookers {
  readonly #room: number;
  readonly #me: number;
  readonly #seen = new SvelteMap<number, { isDeciding: boolean; until: number }>();
  #isDeciding = false;
  #isHere = false;
  #answering: ReturnType<typeof setTimeout> | undefined;

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
    this.#isHere = true;
    const tell = (): void => live.looking(this.#room, this.#isDeciding);
    const end = live.onLooking((message) => this.#heard(message));
    const again = live.onGap(tell);
    const timer = setInterval(tell, TELL_EVERY_MS);
    const leave = (): void => live.looking(this.#room, null);
    // A page that is closed has no other moment to say so; one that comes back from sleep is here again.
    addEventListener('pagehide', leave);
    addEventListener('pageshow', tell);
    // Only who follows the room is heard; that is told at the end of this task.
    const first = setTimeout(tell);
    return () => {
      this.#isHere = false;
      clearTimeout(first);
      end();
      again();
      clearInterval(timer);
      removeEventListener('pagehide', leave);
      removeEventListener('pageshow', tell);
      leave();
    };
  }

  decide(isDeciding: boolean): void {
    if (this.#isDeciding === isDeciding) return;
    this.#isDeciding = isDeciding;
    live.looking(this.#room, isDeciding);
  }

  #answerSoon(): void {
    if (this.#answering !== undefined) return;
    this.#answering = setTimeout(() => {
      this.#answering = undefined;
      if (this.#isHere) live.looking(this.#room, this.#isDeciding);
    }, ANSWER_AFTER_MS);
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
    if (isNew) this.#answerSoon();
    setTimeout(() => {
      if (this.#seen.get(person)?.until === until) this.#seen.delete(person);
    }, GONE_AFTER_MS);
  }
}
