import { tick } from 'svelte';
import { api, asProblem, withQuery, type ApiProblem } from '../api/client';
import type { Entry } from '../api/types';
import type { LogReader } from '../live/core';
import { live } from '../live/connection.svelte';
import { onFrame } from './frames';
import { LineCounts, Lines, type OutputLine } from './lines';
import type { OutputEntry, OutputPage } from './types';

/** What is kept of an output, in characters, and how much more it may become before it is cut back. */
const KEEP = 6_000_000;
const CUT = 1_500_000;
const PAGE = 500;
const WATCH_SECONDS = 25;
const WATCH_AGAIN_MS = 2_000;
/** A page that nobody sees has no frames; what came meanwhile does not pile up for ever. */
const GATHER_AT_MOST = 1_000;

/**
 * What a script writes on one host: a part of its log that is small enough to be kept, which goes on at both ends. Whoever
 * follows sees the end; whoever has scrolled up keeps what they look at.
 */
export class Output {
  readonly log: string;
  /** Shared with whoever else reads the log, for example to search it. */
  readonly counts = new LineCounts();
  status = $state<'loading' | 'ready' | 'failed'>('loading');
  problem = $state.raw<ApiProblem | null>(null);
  lines = $state.raw<readonly OutputLine[]>([]);
  /** The end is shown, whatever comes. */
  isFollowing = $state(true);
  /** Lines are being put before the first one: what is looked at stays where it is. */
  isShifting = $state(false);
  lastSeq = $state(0);
  /** Counts the times that other lines took the place of all of them. */
  generation = $state(0);
  /** Hears every entry once, for example to search it. */
  onentries: ((entries: readonly OutputEntry[]) => void) | null = null;
  #entries: OutputEntry[] = [];
  #lines = new Lines();
  #size = 0;
  #to = $state(0);
  #from = $state(1);
  readonly #loading = { older: false, newer: false };
  #isClosed = false;
  #gathered: OutputEntry[] = [];
  #cancelFrame: (() => void) | null = null;
  #opening = 0;

  constructor(log: string, lastSeq: number) {
    this.log = log;
    this.lastSeq = lastSeq;
  }

  get hasOlder(): boolean {
    return this.#from > 1;
  }
  get reachesEnd(): boolean {
    return this.#to >= this.lastSeq;
  }
  /** The number of the first line; null while nobody knows how many stand before it. */
  readonly firstNumber: number | null = $derived.by(() => {
    void this.lines;
    const before = this.counts.before(this.#from);
    return before === null ? null : before + 1;
  });

  /** Shows the end, and follows it until `close`. */
  async open(): Promise<void> {
    await this.#openWith({ before: this.lastSeq + 1 });
    if (this.status !== 'ready' || this.#isClosed) return;
    live.follow(this.log, this.#to, this.#reader);
    await this.#fill();
  }

  close(): void {
    this.#isClosed = true;
    this.#opening += 1;
    this.#cancelFrame?.();
    live.unfollow(this.log);
  }

  async toEnd(): Promise<void> {
    this.isFollowing = true;
    if (!this.reachesEnd) await this.#openWith({ before: this.lastSeq + 1 });
    await this.#catchUp();
  }

  /** Makes sure that the line which begins in this entry is among those that are kept. */
  async goTo(seq: number): Promise<void> {
    this.isFollowing = false;
    if (seq >= this.#from && seq <= this.#to) return;
    // A page around it may end before it: pages are bounded in bytes, too.
    await this.#openWith({ after: seq - 1 });
    await this.loadOlder();
  }

  async loadOlder(): Promise<void> {
    if (!this.hasOlder) return;
    await this.#load('older', { before: this.#from }, async (page) => {
      if (page.entries.at(-1)?.seq !== this.#from - 1) return;
      this.isShifting = true;
      this.#entries = [...page.entries, ...this.#entries];
      if (!this.isFollowing) this.#cutEnd();
      this.#rebuild();
      await this.#settle();
    });
  }

  async loadNewer(): Promise<void> {
    if (this.reachesEnd) return;
    await this.#load('newer', { after: this.#to }, async (page) => {
      if (page.entries[0]?.seq !== this.#to + 1) return;
      this.#append(page.entries);
      await tick();
      await this.#cutStart();
    });
  }

  readonly #reader: LogReader = {
    entries: (entries: Entry[]) => this.#gather(entries as unknown as OutputEntry[]),
    jump: (lastSeq) => {
      this.lastSeq = lastSeq;
      if (this.isFollowing) void this.toEnd();
    },
    ended: () => void this.#watch(),
  };

  /** Who is no member, as an administrator who looks in, has no log to follow; what comes can be waited for. */
  async #watch(): Promise<void> {
    while (!this.#isClosed) {
      const after = this.lastSeq;
      try {
        this.#gather((await outputPage(this.log, { after, wait: WATCH_SECONDS })).entries);
        this.#flush();
      } catch (cause) {
        const { status } = asProblem(cause);
        if (status === 403 || status === 404) return;
        await new Promise((resolve) => setTimeout(resolve, WATCH_AGAIN_MS));
      }
    }
  }

  /** A script may write thousands of times a second: the page is drawn once a frame. */
  #gather(entries: readonly OutputEntry[]): void {
    this.#gathered.push(...entries);
    if (this.#gathered.length > GATHER_AT_MOST) this.#flush();
    else this.#cancelFrame ??= onFrame(() => this.#flush());
  }

  #flush(): void {
    this.#cancelFrame?.();
    this.#cancelFrame = null;
    const gathered = this.#gathered;
    this.#gathered = [];
    this.#take(gathered);
  }

  #take(entries: readonly OutputEntry[]): void {
    const fresh = entries.filter(({ seq }) => seq > this.lastSeq || seq > this.#to);
    // Counted even where it is not kept, so that lines keep their numbers.
    this.counts.add(fresh);
    const continues = fresh[0]?.seq === this.#to + 1;
    this.lastSeq = Math.max(this.lastSeq, entries.at(-1)?.seq ?? 0);
    this.onentries?.(entries);
    if (this.status !== 'ready') return;
    if (!continues) {
      // They came while the page was read anew, and what lies between is read after it.
      if (fresh.length > 0) void this.#catchUp();
      return;
    }
    // Whoever reads far above keeps that; the end is read again on the way down.
    if (!this.isFollowing && this.#size > KEEP) return;
    this.#append(fresh);
    if (this.#size > KEEP + CUT) void tick().then(() => this.#cutStart());
  }

  #append(entries: readonly OutputEntry[]): void {
    this.counts.add(entries);
    for (const entry of entries) {
      this.#entries.push(entry);
      this.#size += sizeOf(entry);
      this.#lines.add(entry);
    }
    this.#to = this.#entries.at(-1)?.seq ?? this.#to;
    this.lines = this.#lines.all.slice();
  }

  #rebuild(): void {
    const entries = this.#entries;
    this.#from = entries[0]?.seq ?? this.#to + 1;
    this.#to = entries.at(-1)?.seq ?? this.#to;
    this.#size = entries.reduce((size, entry) => size + sizeOf(entry), 0);
    this.#lines = new Lines();
    for (const entry of entries) this.#lines.add(entry);
    this.counts.add(entries);
    this.lines = this.#lines.all.slice();
  }

  /** Whoever follows sees the end, also when it moved on while a page was on its way. */
  async #catchUp(): Promise<void> {
    while (this.isFollowing && !this.reachesEnd && !this.#isClosed) {
      const before = this.#to;
      await this.loadNewer();
      if (this.#to === before) return;
    }
  }

  /** What is kept at once is read at once: then its lines have numbers, and going up waits for nothing. */
  async #fill(): Promise<void> {
    const opening = this.#opening;
    while (this.hasOlder && this.#size < KEEP / 2 && this.status === 'ready' && opening === this.#opening) {
      const before = this.#from;
      await this.loadOlder();
      if (this.#from === before) return;
    }
  }

  async #openWith(query: Record<string, number>): Promise<void> {
    const opening = ++this.#opening;
    this.problem = null;
    try {
      const page = await this.#page(query);
      if (opening !== this.#opening) return;
      this.#entries = page.entries;
      this.#to = page.entries.at(-1)?.seq ?? 0;
      this.lastSeq = Math.max(this.lastSeq, page.last_seq);
      this.#rebuild();
      this.generation += 1;
      this.status = 'ready';
    } catch (cause) {
      if (opening !== this.#opening) return;
      this.problem = asProblem(cause);
      this.status = 'failed';
    }
  }

  async #load(edge: 'older' | 'newer', query: Record<string, number>, take: (page: OutputPage) => Promise<void>): Promise<void> {
    if (this.#loading[edge] || this.status !== 'ready') return;
    this.#loading[edge] = true;
    const opening = this.#opening;
    try {
      const page = await this.#page(query);
      if (opening === this.#opening) await take(page);
    } catch {
      // The next scroll asks again.
    } finally {
      this.#loading[edge] = false;
    }
  }

  #page(query: Record<string, number>): Promise<OutputPage> {
    return outputPage(this.log, { ...query, limit: PAGE });
  }

  #cutEnd(): void {
    let size = 0;
    const kept = this.#entries.findIndex((entry) => (size += sizeOf(entry)) > KEEP);
    if (kept > 0) this.#entries = this.#entries.slice(0, kept);
  }

  async #cutStart(): Promise<void> {
    if (this.#size <= KEEP + CUT) return;
    let size = this.#size;
    const kept = this.#entries.findIndex((entry) => (size -= sizeOf(entry)) <= KEEP);
    this.isShifting = true;
    this.#entries = this.#entries.slice(kept + 1);
    this.#rebuild();
    await this.#settle();
  }

  async #settle(): Promise<void> {
    await tick();
    this.isShifting = false;
    await tick();
  }
}

/** Entries of an output by `after` or `before`, as rooms are read. */
export function outputPage(log: string, query: Record<string, number>): Promise<OutputPage> {
  return api.get<OutputPage>(withQuery(`/api/outputs/${log}/entries`, query));
}

function sizeOf({ body }: OutputEntry): number {
  return (body.text?.length ?? 0) + 1;
}
