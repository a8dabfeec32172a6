import { type ApiProblem, asProblem } from '../../api/client';

export type SaveState = 'saved' | 'waiting' | 'saving' | 'failed';

interface AutosaveOptions<Content> {
  save: (content: Content) => Promise<{ saved_at: number }>;
  savedAt: number;
  /** How long the typing rests before it is saved. */
  restMs?: number;
  retryMs?: number;
}

/**
 * Saves by itself what changes: once the typing rests, one request at a time, always the newest content. What could not
 * be saved is tried again until it can.
 */
export class Autosave<Content> {
  state = $state<SaveState>('saved');
  savedAt = $state(0);
  /** Why the last attempt failed. */
  problem = $state.raw<ApiProblem | null>(null);
  readonly #save: (content: Content) => Promise<{ saved_at: number }>;
  readonly #restMs: number;
  readonly #retryMs: number;
  #waiting: { content: Content } | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #running: Promise<void> | null = null;
  #isStopped = false;

  constructor({ save, savedAt, restMs = 800, retryMs = 4_000 }: AutosaveOptions<Content>) {
    this.#save = save;
    this.savedAt = savedAt;
    this.#restMs = restMs;
    this.#retryMs = retryMs;
  }

  get isDirty(): boolean {
    return this.state !== 'saved';
  }

  change(content: Content): void {
    if (this.#isStopped) return;
    this.#waiting = { content };
    if (this.state !== 'saving') this.state = 'waiting';
    this.#later(this.#restMs);
  }

  /** Saves now what waits, and answers when that is done or has failed. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#running;
    if (this.#waiting !== null && !this.#isStopped) await this.#run();
  }

  /** Nothing is saved any more: the draft is sent or gone. Waits for the request that is under way. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#waiting = null;
    clearTimeout(this.#timer);
    await this.#running;
    this.state = 'saved';
  }

  /** After `stop`, for example because sending was refused: goes on. */
  resume(): void {
    this.#isStopped = false;
  }

  #later(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#run(), ms);
  }

  #run(): Promise<void> {
    this.#running ??= this.#saveWaiting().finally(() => {
      this.#running = null;
      if (this.#waiting !== null && this.state !== 'failed') this.#later(this.#restMs);
    });
    return this.#running;
  }

  async #saveWaiting(): Promise<void> {
    const taken = this.#waiting;
    if (taken === null) return;
    this.#waiting = null;
    this.state = 'saving';
    try {
      const { saved_at } = await this.#save(taken.content);
      this.savedAt = saved_at;
      this.problem = null;
      this.state = this.#waiting === null ? 'saved' : 'waiting';
    } catch (cause) {
      this.problem = asProblem(cause);
      // Newer content, if there is some, takes its place.
      this.#waiting ??= taken;
      this.state = 'failed';
      if (!this.#isStopped) this.#later(this.#retryMs);
    }
  }
}
