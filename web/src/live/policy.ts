import type { Transport } from '../api/types';
import type { TransportKind } from './protocol';

/** Best first. */
const ladder: readonly TransportKind[] = ['websocket', 'sse', 'long_poll', 'short_poll'];

/** A connection that ends sooner than this counts as one that could not be opened. */
const SETTLED_AFTER_MS = 5_000;
const FAILURES_BEFORE_FALLING = 2;
const FIRST_DELAY_MS = 300;
const LONGEST_DELAY_MS = 15_000;
const FIRST_CLIMB_MS = 60_000;
const LONGEST_CLIMB_MS = 15 * 60_000;
/** Everybody comes back after a restart of the server; this is how far they spread. */
const RETURN_WITHIN_MS = 3_000;

/**
 * Which transport to use next, and when. Only failures of a transport while the server answers plain
 * requests count against it: a network that is down says nothing about WebSocket.
 */
export class FallbackPolicy {
  readonly #rungs: readonly TransportKind[];
  readonly #random: () => number;
  #rung = 0;
  #failures = 0;
  #attempts = 0;
  #failedClimbs = 0;
  /** The way down to go back to when the transport that we have just climbed to does not hold. */
  #climbedFrom: number | null = null;

  constructor(setting: Transport, random: () => number = Math.random) {
    this.#rungs = setting === 'auto' ? ladder : [setting];
    this.#random = random;
  }

  get current(): TransportKind {
    return this.#rungs[this.#rung] ?? 'short_poll';
  }

  /** The transports above the current one, best first. */
  get better(): readonly TransportKind[] {
    return this.#rungs.slice(0, this.#rung);
  }

  /** The connection ended, after `livedMs` since it opened (0: it never did). True when it had held. */
  held(livedMs: number): boolean {
    if (livedMs < SETTLED_AFTER_MS) return false;
    this.#failures = 0;
    this.#attempts = 0;
    this.#failedClimbs = 0;
    this.#climbedFrom = null;
    return true;
  }

  /** This transport did not hold although the server answers. True when the next one is to be used now. */
  failed(): boolean {
    this.#failures += 1;
    const from = this.#climbedFrom;
    if (from !== null) {
      this.#climbedFrom = null;
      this.#failedClimbs += 1;
      this.#rung = from;
    } else if (this.#failures >= FAILURES_BEFORE_FALLING && this.#rung < this.#rungs.length - 1) {
      this.#rung += 1;
    } else {
      return false;
    }
    this.#failures = 0;
    this.#attempts = 0;
    return true;
  }

  /** Exponential with full jitter. */
  retryDelayMs(): number {
    const ceiling = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** this.#attempts);
    this.#attempts += 1;
    return this.#random() * ceiling;
  }

  returnDelayMs(): number {
    return this.#random() * RETURN_WITHIN_MS;
  }

  climbDelayMs(): number {
    return Math.min(LONGEST_CLIMB_MS, FIRST_CLIMB_MS * 2 ** this.#failedClimbs);
  }

  climbed(to: TransportKind): void {
    this.#climbedFrom = this.#rung;
    this.#rung = this.#rungs.indexOf(to);
    this.#failures = 0;
    this.#attempts = 0;
  }

  climbFailed(): void {
    this.#failedClimbs += 1;
  }
}
