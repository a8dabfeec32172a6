import { tick } from 'svelte';
import { api, asProblem, withQuery, type ApiProblem } from '../api/client';
import type { EntriesPage, RoomEntry } from '../api/types';
import { applyChanges, indexFromSeq, indexOfSeq, linesOf, type Line } from './fold';
import { outgoing } from './pending.svelte';
import type { Room, RoomListener } from './room.svelte';

const PAGE = 100;
/** Lines kept around the view; older or newer ones are read again when they are wanted. */
const KEEP_LINES = 2_000;
/** Cutting one line with every message would move the list all the time. */
const CUT_LINES = 200;

/** Where the list is to go: set by the window, carried out by the component that draws it. */
export interface Target {
  /** The first line at or after this number; null: the very end. */
  seq: number | null;
  place: 'start' | 'center' | 'end';
  isHighlighted: boolean;
}

/** The loaded part of one room's log: always without holes, from `#from` to `#to`. */
export class RoomWindow implements RoomListener {
  readonly room: Room;
  lines = $state.raw<readonly Line[]>([]);
  status = $state<'loading' | 'ready' | 'failed'>('loading');
  problem = $state.raw<ApiProblem | null>(null);
  /** Counts the times that the lines were replaced as a whole: the list is then made anew. */
  generation = $state(0);
  /** True while lines are added or cut before the first one, so that the list keeps its place. */
  isShifting = $state(false);
  target = $state.raw<Target | null>(null);
  /** The read position at the time of opening: the divider stays where it was, although reading goes on. */
  unreadAfter = $state<number | null>(null);
  /** Whether the person looks at the newest line. Set by the component that draws the list. */
  isPinned = $state(false);
  /** The page in this direction could not be read; asking again is up to the person, or to the next scroll. */
  failedEdge = $state<'older' | 'newer' | null>(null);
  readonly #me: number;
  #from = $state(1);
  #to = $state(0);
  #isLoadingOlder = $state(false);
  #isLoadingNewer = $state(false);
  /** The message that was asked for when the room was opened. */
  #openedAt: number | null = null;
  #opening = 0;
  /** What came live while a page was on its way: the page may be older than it. */
  #meanwhile: RoomEntry[] = [];
  #loads = 0;
  readonly reachesEnd = $derived.by(() => this.#to >= this.room.lastSeq);

  constructor(room: Room, me: number) {
    this.room = room;
    this.#me = me;
  }

  get hasOlder(): boolean {
    return this.#from > 1;
  }
  get isLoadingOlder(): boolean {
    return this.#isLoadingOlder;
  }
  get isLoadingNewer(): boolean {
    return this.#isLoadingNewer;
  }

  /** Starts hearing the room, and opens it at `at`, else at the first unread message, else at its end. */
  open(at: number | null): Promise<void> {
    this.room.listener = this;
    this.#openedAt = at;
    this.unreadAfter = this.room.unread > 0 ? this.room.readSeq : null;
    if (at !== null) return this.#openAround(at, { seq: at, place: 'center', isHighlighted: true });
    if (this.unreadAfter === null) return this.jumpToLatest();
    const seq = this.unreadAfter + 1;
    return this.#openAround(this.unreadAfter, { seq, place: 'start', isHighlighted: false });
  }

  close(): void {
    if (this.room.listener === this) this.room.listener = null;
    this.#opening += 1;
  }

  /** Shows the message with this number, wherever in the log it is. */
  async goTo(seq: number): Promise<void> {
    const target: Target = { seq, place: 'center', isHighlighted: true };
    if (indexOfSeq(this.lines, seq) >= 0) this.target = target;
    else await this.#openAround(seq, target);
  }

  async jumpToLatest(): Promise<void> {
    const target: Target = { seq: null, place: 'end', isHighlighted: false };
    if (this.status === 'ready' && this.reachesEnd) this.target = target;
    else await this.#openWith({ before: this.room.lastSeq + 1 }, target);
  }

  async loadOlder(): Promise<void> {
    if (this.status !== 'ready' || this.#isLoadingOlder || !this.hasOlder) return;
    this.#isLoadingOlder = true;
    try {
      await this.#load({ before: this.#from }, async (page) => {
        // Lines were cut at the start meanwhile: this page would leave a hole.
        if (page.entries.at(-1)?.seq !== this.#from - 1) return;
        this.isShifting = true;
        this.#from = page.entries[0]?.seq ?? 1;
        this.lines = [...linesOf(page.entries, page.states), ...this.lines];
        await this.#settled();
        this.#cutEnd();
      });
      this.failedEdge = null;
    } catch {
      this.failedEdge = 'older';
    } finally {
      this.#isLoadingOlder = false;
    }
  }

  async loadNewer(): Promise<void> {
    if (this.status !== 'ready' || this.#isLoadingNewer || this.reachesEnd) return;
    this.#isLoadingNewer = true;
    try {
      await this.#load({ after: this.#to }, async (page) => {
        this.#append(page);
        await tick();
        await this.#cutStart();
      });
      this.failedEdge = null;
    } catch {
      this.failedEdge = 'newer';
    } finally {
      this.#isLoadingNewer = false;
    }
  }

  /** Live entries: changes reach every loaded line; new lines are added when they continue the window. */
  entries(entries: RoomEntry[]): void {
    if (this.#loads > 0) this.#meanwhile.push(...entries);
    if (this.status === 'ready') this.#takeLive(entries);
    this.#moveDivider(entries);
  }

  /** The connection was too far behind, and nothing of what lies between was told: what stands here may be old. */
  jumped(): void {
    this.unreadAfter ??= this.room.readSeq;
    if (this.isPinned || this.status !== 'ready') void this.open(null);
    else void this.#openAround(this.#to, { seq: this.#to, place: 'end', isHighlighted: false });
  }

  retry(): void {
    void this.open(this.#openedAt);
  }

  /** The connection is back: what could not be read without it, or hangs since it broke, is worth another try. */
  reconnected(): void {
    if (this.status !== 'ready') this.retry();
    this.failedEdge = null;
  }

  #takeLive(entries: readonly RoomEntry[]): void {
    let lines = applyChanges(this.lines, entries, this.#me);
    const fresh = entries.filter((entry) => entry.seq > this.#to);
    const first = fresh[0];
    const last = fresh.at(-1);
    // Somebody who reads far above keeps what is around the view; the end is read again on the way down.
    const hasRoom = this.isPinned || lines.length < KEEP_LINES;
    if (first && last && first.seq === this.#to + 1 && hasRoom) {
      this.#to = last.seq;
      lines = applyChanges([...lines, ...linesOf(fresh)], fresh, this.#me);
    }
    this.lines = lines;
    if (this.isPinned && this.lines.length > KEEP_LINES + CUT_LINES) void tick().then(() => this.#cutStart());
  }

  /** The divider marks what came while nobody looked; answering means that all of it was seen. */
  #moveDivider(entries: readonly RoomEntry[]): void {
    if (entries.some((entry) => entry.kind === 'message' && entry.by === this.#me)) {
      this.unreadAfter = null;
    } else if (this.room.unread > 0 && !(this.isPinned && document.hasFocus())) {
      this.unreadAfter = Math.max(this.unreadAfter ?? 0, this.room.readSeq);
    }
  }

  #append(page: EntriesPage): void {
    const fresh = page.entries.filter((entry) => entry.seq > this.#to);
    const last = fresh.at(-1);
    // Lines were cut at the end meanwhile: this page would leave a hole.
    if (!last || fresh[0]?.seq !== this.#to + 1) return;
    this.#to = last.seq;
    this.lines = applyChanges([...this.lines, ...linesOf(fresh, page.states)], page.entries, this.#me);
    this.#takeMeanwhile();
  }

  #openAround(seq: number, target: Target): Promise<void> {
    return this.#openWith({ around: Math.max(1, Math.min(seq, this.room.lastSeq)) }, target);
  }

  async #openWith(query: Record<string, number>, target: Target): Promise<void> {
    const opening = ++this.#opening;
    if (this.lines.length === 0) this.status = 'loading';
    this.problem = null;
    try {
      await this.#load(query, (page) => {
        this.isPinned = false;
        this.#from = page.entries[0]?.seq ?? 1;
        this.#to = page.entries.at(-1)?.seq ?? this.#from - 1;
        this.lines = linesOf(page.entries, page.states);
        this.status = 'ready';
        this.#takeMeanwhile();
        this.generation += 1;
        this.target = target;
      });
    } catch (cause) {
      if (opening !== this.#opening) return;
      this.problem = asProblem(cause);
      this.status = 'failed';
    }
  }

  /** Reads a page and puts it in place, unless the window was opened elsewhere meanwhile. */
  async #load(query: Record<string, number>, take: (page: EntriesPage) => void | Promise<void>): Promise<void> {
    const opening = this.#opening;
    this.#loads += 1;
    try {
      const path = withQuery(`/api/rooms/${this.room.id}/entries`, { ...query, limit: PAGE });
      const page = await api.get<EntriesPage>(path);
      if (opening !== this.#opening) return;
      for (const { by, command } of page.entries) {
        if (by === this.#me && command !== null) outgoing.drop(command);
      }
      await take(page);
    } finally {
      this.#loads -= 1;
      if (this.#loads === 0) this.#meanwhile = [];
    }
  }

  #takeMeanwhile(): void {
    if (this.#meanwhile.length > 0) this.#takeLive(this.#meanwhile);
  }

  async #settled(): Promise<void> {
    this.#takeMeanwhile();
    await tick();
    this.isShifting = false;
    await tick();
  }

  #cutEnd(): void {
    if (this.lines.length <= KEEP_LINES + CUT_LINES) return;
    this.lines = this.lines.slice(0, KEEP_LINES);
    this.#to = this.lines.at(-1)?.seq ?? this.#to;
  }

  async #cutStart(): Promise<void> {
    if (this.lines.length <= KEEP_LINES + CUT_LINES) return;
    this.isShifting = true;
    this.lines = this.lines.slice(-KEEP_LINES);
    this.#from = this.lines[0]?.seq ?? this.#from;
    await this.#settled();
  }

  /** The line that stands for this number: itself, or the next one that is shown. */
  indexFor(seq: number): number {
    return indexFromSeq(this.lines, seq);
  }
}
