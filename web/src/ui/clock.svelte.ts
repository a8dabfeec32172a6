import { createSubscriber } from 'svelte/reactivity';

const TICK_MS = 1_000;

/** The time, reactive to the second. It ticks only while something on the page shows it. */
class Clock {
  #now = Date.now();
  readonly #subscribe = createSubscriber((update) => {
    const timer = setInterval(() => {
      this.#now = Date.now();
      update();
    }, TICK_MS);
    return () => clearInterval(timer);
  });

  get now(): number {
    this.#subscribe();
    // A clock that nobody looked at for a while has stood still.
    if (Date.now() - this.#now > 2 * TICK_MS) this.#now = Date.now();
    return this.#now;
  }
}

export const clock = new Clock();
