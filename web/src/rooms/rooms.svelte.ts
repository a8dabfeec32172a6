import { SvelteMap } from 'svelte/reactivity';
import { api, newCommandId } from '../api/client';
import type { Entry, Me, RoomList, RoomSummary } from '../api/types';
import type { LogReader } from '../live/core';
import { live } from '../live/connection.svelte';
import { feed } from '../live/feed';
import { outgoing } from './pending.svelte';
import { Room } from './room.svelte';

const RETRY_MS = 2_000;

export interface NewRoom {
  kind: 'public' | 'private';
  name: string;
  topic: string;
  people: number[];
}

/** The rooms that I am in. */
class Rooms {
  readonly #byId = new SvelteMap<number, Room>();
  #isLoaded = $state(false);
  #me = 0;
  /** Rooms that the connection had no place for. */
  readonly #silent = new Set<number>();
  /** Answers of an earlier sign-in are not for this one. */
  #generation = 0;
  /** Last activity first. */
  readonly all: readonly Room[] = $derived(
    [...this.#byId.values()].sort((one, other) => (other.lastAt ?? 0) - (one.lastAt ?? 0) || other.id - one.id),
  );
  readonly unread = $derived(this.all.reduce((sum, room) => sum + room.unread, 0));
  readonly mentions = $derived(this.all.reduce((sum, room) => sum + room.mentions, 0));

  get isLoaded(): boolean {
    return this.#isLoaded;
  }

  get(id: number): Room | undefined {
    return this.#byId.get(id);
  }

  async start(me: number): Promise<void> {
    this.#me = me;
    this.#generation += 1;
    await this.#load(this.#generation);
  }

  stop(): void {
    this.#generation += 1;
    this.#byId.clear();
    this.#silent.clear();
    this.#isLoaded = false;
  }

  /** The room is looked at: it is followed now, in place of the one with the oldest news when there are too many. */
  open(room: Room): void {
    if (!this.#silent.has(room.id)) return;
    const oldest = this.all.findLast((other) => !this.#silent.has(other.id));
    if (!oldest) return;
    live.unfollow(oldest.log);
    this.#silent.add(oldest.id);
    this.#silent.delete(room.id);
    live.follow(room.log, room.lastSeq, room.reader);
  }

  /** What was read elsewhere while nobody could tell us. */
  async refresh(): Promise<void> {
    const generation = this.#generation;
    try {
      const { rooms } = await api.get<RoomList>('/api/rooms');
      if (generation !== this.#generation) return;
      for (const room of rooms) this.#byId.get(room.id)?.put(room);
    } catch {
      // The numbers stay as they were; the next time puts them right.
    }
  }

  async create(room: NewRoom): Promise<Room> {
    return this.#put(await api.post<RoomSummary>('/api/rooms', { command: newCommandId(), ...room }));
  }

  /** The room of us two, made when there is none. */
  async direct(person: number): Promise<Room> {
    return this.#put(await api.post<RoomSummary>('/api/rooms/direct', { command: newCommandId(), person }));
  }

  async join(id: number): Promise<Room> {
    await live.send({ type: 'join', room: id });
    return this.#put(await api.get<RoomSummary>(`/api/rooms/${id}`));
  }

  async leave(id: number): Promise<void> {
    await live.send({ type: 'leave', room: id });
    this.#remove(id);
  }

  async #load(generation: number): Promise<void> {
    try {
      const { feed_seq, rooms } = await api.get<RoomList>('/api/rooms');
      if (generation !== this.#generation) return;
      const present = new Set(rooms.map((room) => room.id));
      for (const id of this.#byId.keys()) if (!present.has(id)) this.#remove(id);
      // The live connection takes a bounded number of logs: those with news come first.
      rooms.sort((one, other) => (other.last_at ?? 0) - (one.last_at ?? 0));
      live.follow('feed', feed_seq, this.#feed);
      for (const room of rooms) this.#put(room);
      this.#isLoaded = true;
    } catch {
      setTimeout(() => {
        if (generation === this.#generation) void this.#load(generation);
      }, RETRY_MS);
    }
  }

  #put(summary: RoomSummary): Room {
    const known = this.#byId.get(summary.id);
    if (known) {
      known.put(summary);
      return known;
    }
    const room = new Room(summary, this.#me, () => this.#byId.delete(summary.id));
    this.#byId.set(room.id, room);
    if (!live.follow(room.log, room.lastSeq, room.reader)) this.#silent.add(room.id);
    return room;
  }

  #remove(id: number): void {
    const room = this.#byId.get(id);
    if (!room) return;
    live.unfollow(room.log);
    this.#silent.delete(id);
    this.#byId.delete(id);
  }

  async #added(id: number): Promise<void> {
    const generation = this.#generation;
    try {
      const summary = await api.get<RoomSummary>(`/api/rooms/${id}`);
      // The room of an order is followed while its page is open, and stands in no list.
      if (generation === this.#generation && summary.kind !== 'order') this.#put(summary);
    } catch {
      // Taken out again before we asked; the feed says that, too.
    }
  }

  readonly #feed: LogReader = {
    entries: (entries: Entry[]) => {
      for (const entry of entries) this.#take(entry);
      feed.entries.tell(entries);
    },
    jump: () => {
      void this.#load(this.#generation);
      feed.jumps.tell();
    },
    ended: () => undefined,
  };

  #take(entry: Entry): void {
    switch (entry.kind) {
      case 'room_added':
        return void this.#added(entry.body.room);
      case 'room_removed':
        return this.#remove(entry.body.room);
      case 'mention':
        return this.#byId.get(entry.body.room)?.mentioned(entry.body.seq);
      default:
        // The feed carries other things, too; those are for other features.
        return;
    }
  }
}

export const rooms = new Rooms();

live.onStart((me: Me) => {
  outgoing.start(me.person.id);
  void rooms.start(me.person.id);
});
live.onStop(() => {
  rooms.stop();
  outgoing.stop();
});
live.onRead(({ room, person, seq }) => rooms.get(room)?.readBy(person, seq));
live.onGap(() => void rooms.refresh());
live.onTyping(({ room, person }) => rooms.get(room)?.typed(person));
