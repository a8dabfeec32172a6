import { ApiProblem, asProblem, newCommandId } from '../api/client';
import type { Ack, Problem } from '../api/types';
import type { CommandRequest, IdentifiedCommand } from './protocol';

export interface OutboxRoutes {
  /** Hands a command to the socket; false when there is none. */
  transmit(command: IdentifiedCommand): boolean;
  /** Rejects with an `ApiProblem`. */
  post(command: IdentifiedCommand): Promise<Ack>;
}

interface Waiting {
  command: IdentifiedCommand;
  /** Handed to the socket of now, and not answered yet. */
  transmitted: boolean;
  resolve(ack: Ack): void;
  reject(problem: ApiProblem): void;
}

/** So many commands may be unanswered on a socket; the others wait, so that a long outbox does not flood the server. */
const UNANSWERED_AT_MOST = 16;
const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 15_000;

/** A server that asks for more patience is asked again all the same. */
const LONGEST_PAUSE_MS = 60_000;

/** Answers that say nothing about the command itself: the same command is tried again. */
function isPassing({ status }: ApiProblem): boolean {
  return status === 0 || status >= 500 || status === 429 || status === 401;
}

/**
 * Commands on their way. Each keeps its id until it is acknowledged or refused, whatever happens to the
 * connection: the server answers a repeat with the first answer, so nothing is lost and nothing is doubled.
 */
export class Outbox {
  readonly #routes: OutboxRoutes;
  readonly #waiting = new Map<string, Waiting>();
  #posting = false;
  #retries = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  constructor(routes: OutboxRoutes) {
    this.#routes = routes;
  }

  get size(): number {
    return this.#waiting.size;
  }

  send(request: CommandRequest): Promise<Ack> {
    const command = { ...request, command: request.command ?? newCommandId() } as IdentifiedCommand;
    return new Promise((resolve, reject) => {
      this.#waiting.set(command.command, { command, transmitted: false, resolve, reject });
      this.#pump();
    });
  }

  acknowledged(ack: Ack): void {
    if (ack.command === null) return;
    const waiting = this.#take(ack.command);
    waiting?.resolve(ack);
  }

  refused(command: string | null, problem: Problem): void {
    if (command === null) return;
    const waiting = this.#waiting.get(command);
    if (!waiting) return;
    const cause = new ApiProblem(problem);
    if (isPassing(cause)) {
      waiting.transmitted = false;
      this.#later(cause);
      return;
    }
    this.#take(command);
    waiting.reject(cause);
  }

  /** The connection is there again (or is another one): whatever is unanswered goes once more. */
  reopened(): void {
    for (const waiting of this.#waiting.values()) waiting.transmitted = false;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#retries = 0;
    this.#pump();
  }

  /** The socket is gone; from here on commands are posted. */
  disconnected(): void {
    for (const waiting of this.#waiting.values()) waiting.transmitted = false;
    this.#later(null);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#waiting.clear();
  }

  #take(command: string): Waiting | undefined {
    const waiting = this.#waiting.get(command);
    this.#waiting.delete(command);
    this.#pump();
    return waiting;
  }

  #pump(): void {
    if (this.#closed || this.#timer !== undefined) return;
    let unanswered = 0;
    for (const waiting of this.#waiting.values()) {
      if (unanswered >= UNANSWERED_AT_MOST) return;
      unanswered += 1;
      if (waiting.transmitted) continue;
      waiting.transmitted = this.#routes.transmit(waiting.command);
      if (!waiting.transmitted) {
        void this.#post(waiting);
        return;
      }
    }
  }

  /** One at a time, so that what was said first is also written first. */
  async #post(waiting: Waiting): Promise<void> {
    if (this.#posting) return;
    this.#posting = true;
    const id = waiting.command.command;
    try {
      const ack = await this.#routes.post(waiting.command);
      this.#retries = 0;
      this.#waiting.delete(id);
      waiting.resolve(ack);
    } catch (cause) {
      const problem = asProblem(cause);
      if (isPassing(problem)) {
        this.#later(problem);
      } else {
        this.#waiting.delete(id);
        waiting.reject(problem);
      }
    } finally {
      this.#posting = false;
      this.#pump();
    }
  }

  #later(problem: ApiProblem | null): void {
    if (this.#closed || this.#timer !== undefined) return;
    const asked = Math.min(LONGEST_PAUSE_MS, (problem?.retryAfterSeconds ?? 0) * 1000);
    const delay = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** this.#retries);
    this.#retries += 1;
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        this.#pump();
      },
      Math.max(asked, delay),
    );
  }
}
