import { SvelteMap } from 'svelte/reactivity';
import { api } from '../api/client';
import type { RoomEntry, RoomSummary } from '../api/types';
import type { LogReader } from '../live/core';
import { live } from '../live/connection.svelte';
import { people } from '../people/people.svelte';
import { outgoing } from './pending.svelte';

/** What the open conversation of a room hears. */
export interface RoomListener {
  entries(entries: RoomEntry[]): void;
  jumped(): void;
}

/** Entries are drawn together this often, so that a busy room costs a few frames and not hundreds. */
const GATHER_MS = 50;
const TYPING_FOR_MS = 5_000;
/** Reading on says so once, not with every message. */
const READ_AFTER_MS = 300;

/** A room of mine, as it is now. */
export class Room {
  readonly id: number;
  readonly log: string;
  #summary = $state.raw<RoomSummary>() as RoomSummary;
  /** Who is writing, and until when that counts. */
  readonly typing = new SvelteMap<number, number>();
  /** How far others have read, as far as we know (rooms of at most 100 people). */
  readonly reads = new SvelteMap<number, number>();
  readonly reader: LogReader;
  listener: RoomListener | null = null;
  readonly #me: number;
  #gathered: RoomEntry[] = [];
  #gathering: ReturnType<typeof setTimeout> | undefined;
  #reading: ReturnType<typeof setTimeout> | undefined;
  #readTold: number;

  constructor(summary: RoomSummary, me: number, ended: () => void) {
    this.id = summary.id;
    this.log = summary.log;
    this.#summary = summary;
    this.#me = me;
    this.#readTold = summary.read_seq;
    this.reader = {
      entries: (entries) => this.#gather(entries as RoomEntry[]),
      jump: (lastSeq) => this.#jump(lastSeq),
      ended,
    };
  }

  get kind(): RoomSummary['kind'] {
    return this.#summary.kind;
  }
  /** The name that it is listed under: a direct room has that of the other one. */
  get name(): string {
    const other = this.with;
    return other === null ? this.#summary.name : (people.get(other)?.name ?? '…');
  }
  get topic(): string {
    return this.#summary.topic;
  }
  get isOwner(): boolean {
    return this.#summary.owner;
  }
  get people(): number {
    return this.#summary.people;
  }
  get with(): number | null {
    return this.#summary.with;
  }
  get lastSeq(): number {
    return this.#summary.last_seq;
  }
  get lastAt(): number | null {
    return this.#summary.last_at;
  }
  get readSeq(): number {
    return this.#summary.read_seq;
  }
  get unread(): number {
    return this.#summary.unread;
  }
  get mentions(): number {
    return this.#summary.mentions;
  }

  /** What the server says now. It may be older than what came live meanwhile, so numbers only move on. */
  put(summary: RoomSummary): void {
    const { last_seq, read_seq } = this.#summary;
    const isOlder = summary.last_seq < last_seq || summary.read_seq < read_seq;
    this.#summary = isOlder
      ? { ...this.#summary, name: summary.name, topic: summary.topic, owner: summary.owner, people: summary.people }
      : summary;
  }

  async refresh(): Promise<void> {
    try {
      this.put(await api.get<RoomSummary>(`/api/rooms/${this.id}`));
    } catch {
      // The numbers stay as they were; the next entry or the next visit puts them right.
    }
  }

  /** Somebody named me there. */
  mentioned(seq: number): void {
    if (seq > this.readSeq) this.#change({ mentions: this.mentions + 1 });
  }

  /** A read position moved, mine perhaps in another tab. */
  readBy(person: number, seq: number): void {
    if (person !== this.#me) {
      this.reads.set(person, Math.max(seq, this.reads.get(person) ?? 0));
    } else if (seq > this.readSeq) {
      this.#change({ read_seq: seq });
      if (seq >= this.lastSeq) this.#change({ unread: 0, mentions: 0 });
      else void this.refresh();
    }
  }

  /** All of it was seen here. */
  markRead(): void {
    if (this.readSeq >= this.lastSeq && this.unread === 0 && this.mentions === 0) return;
    this.#change({ read_seq: Math.max(this.lastSeq, this.readSeq), unread: 0, mentions: 0 });
    if (this.#reading !== undefined) return;
    this.#reading = setTimeout(() => {
      this.#reading = undefined;
      const seq = this.readSeq;
      if (seq <= this.#readTold) return;
      this.#readTold = seq;
      live.send({ type: 'read', room: this.id, seq }).catch(() => undefined);
    }, READ_AFTER_MS);
  }

  typed(person: number): void {
    if (person === this.#me) return;
    const until = Date.now() + TYPING_FOR_MS;
    this.typing.set(person, until);
    setTimeout(() => {
      if (this.typing.get(person) === until) this.typing.delete(person);
    }, TYPING_FOR_MS);
  }

  #change(changes: Partial<RoomSummary>): void {
    this.#summary = { ...this.#summary, ...changes };
  }

  #jump(lastSeq: number): void {
    this.#change({ last_seq: lastSeq });
    outgoing.dropUntil(this.id, lastSeq);
    void this.refresh().then(() => this.listener?.jumped());
  }

  #gather(entries: RoomEntry[]): void {
    this.#gathered.push(...entries);
    if (this.#gathering !== undefined) return;
    this.#gathering = setTimeout(() => {
      this.#gathering = undefined;
      const gathered = this.#gathered;
      this.#gathered = [];
      this.#take(gathered);
    }, GATHER_MS);
  }

  #take(entries: RoomEntry[]): void {
    let next = this.#summary;
    for (const entry of entries) {
      // A summary that was asked for meanwhile may know it already.
      if (entry.seq <= next.last_seq) continue;
      next = this.#after(next, entry);
    }
    this.#summary = next;
    this.listener?.entries(entries);
    for (const { by, kind, command } of entries) {
      // What was said with a slash stands in the log as a decision.
      if (by === this.#me && (kind === 'message' || kind === 'order') && command !== null) outgoing.drop(command);
    }
  }

  #after(summary: RoomSummary, entry: RoomEntry): RoomSummary {
    const next = { ...summary, last_seq: entry.seq };
    switch (entry.kind) {
      case 'message': {
        if (entry.by !== null) this.typing.delete(entry.by);
        next.last_at = entry.at;
        if (entry.by === this.#me) return { ...next, read_seq: entry.seq, unread: 0, mentions: 0 };
        if (entry.seq > next.read_seq) next.unread += 1;
        return next;
      }
      case 'topic':
        return { ...next, last_at: entry.at, name: entry.body.name, topic: entry.body.topic };
      case 'membership': {
        next.last_at = entry.at;
        const { change } = entry.body;
        if (change === 'joined' || change === 'added') next.people += 1;
        if (change === 'left' || change === 'removed') next.people -= 1;
        return next;
      }
      case 'order':
        if (entry.by !== null) this.typing.delete(entry.by);
        return { ...next, last_at: entry.at };
      case 'edit':
      case 'recall':
      case 'reaction':
        return next;
      default:
        entry satisfies never;
        return next;
    }
  }
}
