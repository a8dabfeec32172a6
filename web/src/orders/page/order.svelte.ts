import { SvelteMap } from 'svelte/reactivity';
import { api, ApiProblem, asProblem, withQuery } from '../../api/client';
import type { Entry, OrderEntry, RoomEntry, RoomSummary } from '../../api/types';
import { applyChanges, type DiagramModel } from '../../diagram/model';
import type { LogReader } from '../../live/core';
import { live } from '../../live/connection.svelte';
import { nameOf } from '../../rooms/names';
import { Room } from '../../rooms/room.svelte';
import { foldRuns } from '../../releases/telling';
import { withChanges } from './fold';
import { Lookers } from './lookers.svelte';
import { titleOf } from './title';
import { linesOfEvents, type EventLine, type Names } from './timeline';
import type { DiagramChanges, LegalMove, Move, OrderChange, OrderChangesPage, OrderSummary, OrderView, Task } from './types';
import { wordsIn } from '../../i18n/words';

/** Several entries mostly come together; the page asks once what may be done now. */
const RELOAD_AFTER_MS = 40;
/** An answer that is older than what has come live is asked for again, after this, then after twice as long … */
const RELOAD_AGAIN_MS = 150;
const RELOAD_AGAIN_AT_MOST = 6;
const SHOW_NEWS_MS = 8_000;
const NEWS_AT_ONCE = 3;
const WATCH_SECONDS = 25;
const WATCH_AGAIN_MS = 2_000;

export type OrderStatusOfPage = 'loading' | 'ready' | 'missing' | 'failed';

/** What somebody else has just done. */
export interface News extends EventLine {
  at: number;
}

/**
 * One order that is looked at. What comes live is drawn at once: the diagram, where it stands, the timeline. What
 * only the server knows, such as the moves that are legal now, is asked for right after, and never waited for.
 */
export class Order {
  readonly id: number;
  readonly me: number;
  status = $state<OrderStatusOfPage>('loading');
  problem = $state.raw<ApiProblem | null>(null);
  /** The talk; null for an administrator who has not joined. */
  room = $state.raw<Room | null>(null);
  #recent = $state.raw<readonly OrderChange[]>([]);
  /** What others did while I looked; it goes after a moment. Whose name is not known yet is named when it is. */
  readonly news: readonly News[] = $derived(this.#recent.flatMap((change) => this.#newsOf(change)).slice(-NEWS_AT_ONCE));
  /** The log is ahead of what the server said about moves. */
  isStale = $state(false);
  readonly lookers: Lookers;
  #view = $state.raw<OrderView | null>(null);
  #summary = $state.raw<OrderSummary | null>(null);
  #diagram = $state.raw<DiagramModel>({ nodes: [], links: [] });
  #changes = $state.raw<readonly OrderChange[]>([]);
  #lastSeq = $state(0);
  /** The entry up to which a diagram that was taken over whole says everything already. */
  #drawnUntil = 0;
  readonly #nodeOfTask = new SvelteMap<number, string>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #request = 0;
  #olderAnswers = 0;
  #isStopped = false;
  #watching: AbortController | null = null;
  readonly #ends: (() => void)[] = [];

  readonly names: Names = {
    person: (id) => nameOf(id),
    node: (id) => this.nodeName(id),
    nodeOfTask: (task) => this.#nodeOfTask.get(task) ?? null,
  };

  constructor(id: number, me: number) {
    this.id = id;
    this.me = me;
    this.lookers = new Lookers(id, me);
  }

  /** Only to be read when the status is `ready`. */
  get view(): OrderView {
    if (this.#view === null) throw new Error('the order is not loaded');
    return this.#view;
  }
  get summary(): OrderSummary {
    return this.#summary ?? this.view.summary;
  }
  get diagram(): DiagramModel {
    return this.#diagram;
  }
  /** Every entry that changed the order, from the first on. */
  get changes(): readonly OrderChange[] {
    return this.#changes;
  }
  get lastSeq(): number {
    return Math.max(this.#lastSeq, this.room?.lastSeq ?? 0);
  }
  get moves(): readonly LegalMove[] {
    return this.#view?.moves ?? [];
  }
  nodeName(id: string): string {
    const node = this.#view?.nodes.find((other) => other.id === id);
    if (node) return wordsIn(node.name);
    // A host under a run node is only in the diagram.
    const drawn = this.#diagram.nodes.find((other) => other.id === id);
    return drawn ? wordsIn(drawn.text) : id;
  }

  task(id: number): Task | undefined {
    return this.#view?.tasks.find((task) => task.id === id);
  }

  linesOf(change: Pick<OrderChange, 'seq' | 'by' | 'events'>): EventLine[] {
    return linesOfEvents(change, this.names);
  }

  /** Loads it, and follows it until `stop`. */
  async start(): Promise<void> {
    this.#ends.push(
      live.onGap(() => this.#reloadSoon(0)),
      live.onTyping(({ room, person }) => {
        if (room === this.id) this.room?.typed(person);
      }),
      live.onRead(({ room, person, seq }) => {
        if (room === this.id) this.room?.readBy(person, seq);
      }),
    );
    await this.#open();
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    this.#watching?.abort();
    for (const end of this.#ends) end();
    if (this.room) live.unfollow(this.room.log);
  }

  retry(): void {
    this.status = 'loading';
    void this.#open();
  }

  /** An administrator becomes a member, to read and to talk. */
  async join(): Promise<void> {
    await live.send({ type: 'join', room: this.id });
    await this.#enter();
  }

  async #enter(): Promise<void> {
    this.#watching?.abort();
    await this.#open();
  }

  /** Rejects with an `ApiProblem`; the page is fresh afterwards either way. */
  async decide(move: Move): Promise<void> {
    try {
      await live.send({ type: 'decide', order: this.id, move });
    } catch (cause) {
      throw asProblem(cause);
    } finally {
      await this.#reload();
    }
  }

  async #open(): Promise<void> {
    try {
      const [view, room, changes] = await Promise.all([
        api.get<OrderView>(`/api/orders/${this.id}`),
        this.#roomSummary(),
        this.#allChanges(),
      ]);
      if (this.#isStopped) return;
      this.#learn(view.tasks);
      this.#takeChanges(changes.changes);
      this.#view = view;
      if (view.summary.revision >= (this.#summary?.revision ?? 0)) this.#summary = view.summary;
      // The two answers may be of different moments, and where the order was open already, both may be older than what
      // came live: what the view lacks is drawn upon it.
      const later = this.#changes.filter(({ seq }) => seq > view.last_seq);
      this.#diagram = later.reduce((diagram, change) => applyChanges(diagram, change.changes), view.diagram);
      this.#drawnUntil = view.last_seq;
      this.#lastSeq = Math.max(view.last_seq, changes.lastSeq);
      this.status = 'ready';
      this.problem = null;
      if (room) this.#follow(room, Math.min(room.last_seq, view.last_seq, changes.lastSeq));
      else if (view.summary.status !== 'draft') void this.#watch();
    } catch (cause) {
      if (this.#isStopped) return;
      this.problem = asProblem(cause);
      this.status = this.problem.status === 404 ? 'missing' : 'failed';
    }
  }

  async #roomSummary(): Promise<RoomSummary | null> {
    try {
      return await api.get<RoomSummary>(`/api/rooms/${this.id}`);
    } catch (cause) {
      if (cause instanceof ApiProblem && (cause.status === 404 || cause.status === 403)) return null;
      throw cause;
    }
  }

  /** What happened after `after`; the server gives it in pages. */
  async #allChanges(after = 0): Promise<{ changes: readonly OrderChange[]; lastSeq: number }> {
    const all: OrderChange[] = [];
    for (;;) {
      const from = all.at(-1)?.seq ?? after;
      const page = await api.get<OrderChangesPage>(withQuery(`/api/orders/${this.id}/diagram/changes`, { after: from }));
      all.push(...page.changes);
      if (!page.has_more || page.changes.length === 0) return { changes: all, lastSeq: page.last_seq };
    }
  }

  #follow(summary: RoomSummary, after: number): void {
    if (this.room) live.unfollow(this.room.log);
    const ended = (): void => this.#reloadSoon(0);
    const room = new Room({ ...summary, name: titleOf(this.summary) }, this.me, ended);
    this.room = room;
    const reader: LogReader = {
      entries: (entries) => {
        this.#hear(entries);
        room.reader.entries(entries);
      },
      jump: (lastSeq) => {
        room.reader.jump(lastSeq);
        void this.#catchUp();
      },
      ended: (reason) => room.reader.ended(reason),
    };
    live.follow(room.log, after, reader);
  }

  /** Entries were skipped: what they changed is read in one go. */
  async #catchUp(): Promise<void> {
    try {
      const { changes, lastSeq } = await this.#allChanges(this.#changes.at(-1)?.seq ?? 0);
      if (this.#isStopped) return;
      for (const change of changes) this.#draw(change);
      this.#lastSeq = Math.max(this.#lastSeq, lastSeq);
    } catch {
      // The connection tells when it is back; then the whole view is read again.
    }
    await this.#reload();
  }

  /** Without membership there is no log to follow; the changes themselves can be waited for. */
  async #watch(): Promise<void> {
    const watching = new AbortController();
    this.#watching = watching;
    const path = `/api/orders/${this.id}/diagram/changes`;
    while (!watching.signal.aborted && !this.#isStopped) {
      try {
        const after = Math.max(this.#lastSeq, this.#changes.at(-1)?.seq ?? 0);
        const page = await api.get<OrderChangesPage>(withQuery(path, { after, wait: WATCH_SECONDS }), watching);
        for (const change of page.changes) this.#draw(change);
        this.#lastSeq = Math.max(after, page.last_seq);
        if (page.changes.length > 0) this.#reloadSoon(RELOAD_AFTER_MS);
      } catch {
        await new Promise((resolve) => setTimeout(resolve, WATCH_AGAIN_MS));
      }
    }
  }

  #hear(entries: readonly Entry[]): void {
    const decided = entries.filter((entry): entry is OrderEntry => entry.kind === 'order');
    for (const { seq, at, by, body } of decided) {
      const { status, form_version, events } = body;
      this.#draw({ seq, at, by, changes: body.changes as DiagramChanges, status, form_version, events });
      if (this.#summary && body.revision >= this.#summary.revision) {
        const { revision, nodes, waiting_for } = body;
        this.#summary = { ...this.#summary, status, revision, nodes, waiting_for, updated_at: at };
      }
    }
    this.#lastSeq = Math.max(this.#lastSeq, entries.at(-1)?.seq ?? 0);
    // Who joins or leaves may change what can be done, too.
    const concerns = decided.length > 0 || (entries as readonly RoomEntry[]).some(({ kind }) => kind === 'membership');
    if (concerns) this.#reloadSoon(RELOAD_AFTER_MS);
  }

  #draw(change: OrderChange): void {
    if (change.seq <= (this.#changes.at(-1)?.seq ?? 0)) return;
    this.#takeChanges([change]);
    if (this.#drawnUntil < change.seq) this.#diagram = applyChanges(this.#diagram, change.changes);
    this.isStale = true;
    if (change.by !== this.me) this.#tell(change);
  }

  #takeChanges(changes: readonly OrderChange[]): void {
    for (const { events } of changes) {
      for (const event of events) {
        if (event.event === 'task_opened') this.#nodeOfTask.set(event.task.id, event.task.node);
      }
    }
    this.#changes = withChanges(this.#changes, changes);
  }

  #learn(tasks: readonly Task[]): void {
    for (const { id, node } of tasks) this.#nodeOfTask.set(id, node);
  }

  #newsOf(change: OrderChange): News[] {
    const lines = foldRuns(this.linesOf(change)).filter(({ isQuiet }) => !isQuiet);
    return lines.map((line) => ({ ...line, at: change.at }));
  }

  #tell(change: OrderChange): void {
    if (this.#newsOf(change).length === 0) return;
    this.#recent = [...this.#recent, change].slice(-NEWS_AT_ONCE);
    setTimeout(() => {
      this.#recent = this.#recent.filter((other) => other !== change);
    }, SHOW_NEWS_MS);
  }

  #reloadSoon(delayMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#reload(), delayMs);
  }

  async #reload(): Promise<void> {
    clearTimeout(this.#timer);
    const request = ++this.#request;
    try {
      const view = await api.get<OrderView>(`/api/orders/${this.id}`);
      if (request !== this.#request || this.#isStopped) return;
      this.#takeView(view);
    } catch (cause) {
      if (request !== this.#request || this.#isStopped) return;
      const problem = asProblem(cause);
      // I have no part in it any more.
      if (problem.status === 404 || problem.status === 403) this.status = 'missing';
    }
  }

  #takeView(view: OrderView): void {
    const known = this.#summary?.revision ?? 0;
    if (view.summary.revision < known) {
      // Another node may answer from a moment ago. One that stays behind is not asked for ever.
      if (this.#olderAnswers < RELOAD_AGAIN_AT_MOST) this.#reloadSoon(RELOAD_AGAIN_MS * 2 ** this.#olderAnswers);
      this.#olderAnswers += 1;
      return;
    }
    this.#olderAnswers = 0;
    this.#learn(view.tasks);
    if (view.summary.revision > known) {
      // It knows more than has come live so far; those entries add only their lines when they come.
      this.#diagram = view.diagram;
      this.#drawnUntil = view.last_seq;
    }
    this.#view = view;
    this.#summary = view.summary;
    this.isStale = false;
    // Whoever looked in was asked for something: now there is a talk to read, too.
    if (view.member && this.room === null && this.status === 'ready' && view.summary.status !== 'draft') void this.#enter();
  }
}
