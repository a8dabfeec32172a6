import { SvelteMap } from 'svelte/reactivity';
import type { EditingMessage } from '../../../api/types';
import { live } from '../../../live/connection.svelte';
import { grouped } from './grouped';

const TELL_EVERY_MS = 20_000;
/** Who has not said so for that long has gone without a word. */
const GONE_AFTER_MS = 45_000;
/** Moving through nodes is told once it rests. */
const REST_MS = 250;

/** Who else works on a flow just now, and on which node. */
export class Editors {
  readonly #flow: string;
  readonly #me: number;
  readonly #seen = new SvelteMap<number, { node: string | null; until: number }>();
  #node: string | null = null;
  #isHere = false;
  #resting: ReturnType<typeof setTimeout> | undefined;

  constructor(flow: string, me: number) {
    this.#flow = flow;
    this.#me = me;
  }

  get people(): number[] {
    return [...this.#seen.keys()];
  }

  /** The people at each node. */
  get byNode(): Map<string, number[]> {
    return grouped([...this.#seen].map(([person, { node }]) => ({ person, node })));
  }

  /** Tells the others that I am here until the answer of this is called. */
  start(): () => void {
    this.#isHere = true;
    const tell = (): void => live.editing(this.#flow, this.#node, true);
    const leave = (): void => live.editing(this.#flow, null, false);
    const end = live.onEditing((message) => this.#heard(message));
    const again = live.onGap(tell);
    const timer = setInterval(tell, TELL_EVERY_MS);
    // A page that is closed has no other moment to say so; one that comes back from sleep is here again.
    addEventListener('pagehide', leave);
    addEventListener('pageshow', tell);
    const first = setTimeout(tell);
    return () => {
      this.#isHere = false;
      clearTimeout(first);
      clearTimeout(this.#resting);
      clearInterval(timer);
      end();
      again();
      removeEventListener('pagehide', leave);
      removeEventListener('pageshow', tell);
      leave();
    };
  }

  /** I have this node selected. */
  at(node: string | null): void {
    if (this.#node === node) return;
    this.#node = node;
    clearTimeout(this.#resting);
    this.#resting = setTimeout(() => {
      if (this.#isHere) live.editing(this.#flow, this.#node, true);
    }, REST_MS);
  }

  #heard({ flow, person, node, here }: EditingMessage): void {
    if (flow !== this.#flow || person === this.#me) return;
    if (!here) {
      this.#seen.delete(person);
      return;
    }
    const isNew = !this.#seen.has(person);
    const until = Date.now() + GONE_AFTER_MS;
    this.#seen.set(person, { node: node ?? null, until });
    // Whoever comes after me has not heard that I am here.
    if (isNew && this.#isHere) live.editing(this.#flow, this.#node, true);
    setTimeout(() => {
      if (this.#seen.get(person)?.until === until) this.#seen.delete(person);
    }, GONE_AFTER_MS);
  }
}
