import { beforeEach, describe, expect, it, vi } from 'vitest';
import { api } from '../api/client';
import type { EntriesPage, MessageEntry, RoomEntry, RoomSummary } from '../api/types';
import { Room } from './room.svelte';
import { RoomWindow } from './window.svelte';

const me = 5;

function said(seq: number, by = 7): MessageEntry {
  const body = { text: `text ${seq}`, reply_to: null, mentions: [], files: [] };
  return { seq, at: seq, by, kind: 'message', target: null, command: null, body };
}
function saidAll(first: number, last: number): RoomEntry[] {
  return Array.from({ length: last - first + 1 }, (_, index) => said(first + index));
}
function edited(seq: number, target: number): RoomEntry {
  return { seq, at: seq, by: 7, kind: 'edit', target, command: null, body: { text: 'edited', mentions: [] } };
}

/** A server whose room has the entries 1 to `length`; it answers as docs/protocol.md says. */
class FakeLog {
  length: number;
  asked: string[] = [];
  /** Answers wait for this, when it is set. */
  gate: Promise<void> = Promise.resolve();

  constructor(length: number) {
    this.length = length;
  }

  async get(path: string): Promise<EntriesPage> {
    const query = new URL(path, 'http://server').searchParams;
    const number = (name: string) => (query.has(name) ? Number(query.get(name)) : null);
    const limit = number('limit') ?? 100;
    const length = this.length;
    this.asked.push(path.slice(path.indexOf('?') + 1));
    const [before, after, around] = [number('before'), number('after'), number('around')];
    const first =
      before !== null ? before - limit : after !== null ? after + 1 : (around ?? 0) - Math.floor(limit / 2);
    const last = before !== null ? before - 1 : Math.max(first, 1) + limit - 1;
    await this.gate;
    const entries = saidAll(Math.max(first, 1), Math.min(last, length));
    return { log: 'r1', entries, states: [], has_more: last < length, last_seq: length };
  }
}

async function opened(length: number, changes: Partial<RoomSummary> = {}, at: number | null = null) {
  const log = new FakeLog(length);
  vi.spyOn(api, 'get').mockImplementation(((path: string) => log.get(path)) as typeof api.get);
  const summary: RoomSummary = {
    id: 1,
    log: 'r1',
    kind: 'public',
    name: 'room',
    topic: '',
    owner: false,
    people: 2,
    with: null,
    last_seq: length,
    read_seq: length,
    unread: 0,
    mentions: 0,
    last_at: 1,
    ...changes,
  };
  const room = new Room(summary, me, () => undefined);
  const view = new RoomWindow(room, me);
  await view.open(at);
  /** As the live connection tells it: the room gathers entries for a moment. */
  const live = async (entries: RoomEntry[]) => {
    log.length = Math.max(log.length, entries.at(-1)?.seq ?? 0);
    room.reader.entries(entries);
    await new Promise((resolve) => setTimeout(resolve, 60));
  };
  return { log, room, view, live };
}

const range = (view: RoomWindow) => [view.lines[0]?.seq, view.lines.at(-1)?.seq];

beforeEach(() => void vi.restoreAllMocks());

describe('opening', () => {
  it('shows the end when all is read', async () => {
    const { view } = await opened(500);
    expect(range(view)).toEqual([401, 500]);
    expect(view.reachesEnd).toBe(true);
    expect(view.target).toMatchObject({ seq: null });
  });

  it('shows the first unread message when there are some', async () => {
    const { view } = await opened(500, { read_seq: 200, unread: 300 });
    expect(range(view)).toEqual([150, 249]);
    expect(view.unreadAfter).toBe(200);
    expect(view.target).toMatchObject({ seq: 201, place: 'start' });
  });

  it('shows a message from a link', async () => {
    const { view } = await opened(500, {}, 120);
    expect(range(view)).toEqual([70, 169]);
    expect(view.target).toMatchObject({ seq: 120, isHighlighted: true });
  });
});

describe('scrolling', () => {
  it('loads older and newer pages up to the ends', async () => {
    const { view } = await opened(300, {}, 150);
    await view.loadOlder();
    expect(range(view)).toEqual([1, 199]);
    expect(view.hasOlder).toBe(false);
    await view.loadNewer();
    await view.loadNewer();
    expect(range(view)).toEqual([1, 300]);
    expect(view.reachesEnd).toBe(true);
  });

  it('keeps about two thousand lines, and reads the rest again', async () => {
    const { view } = await opened(5_000);
    for (let page = 0; page < 30; page += 1) await view.loadOlder();
    expect(view.lines.length).toBeLessThanOrEqual(2_200);
    expect(view.reachesEnd).toBe(false);
    for (let page = 0; page < 40; page += 1) await view.loadNewer();
    expect(range(view)[1]).toBe(5_000);
    expect(view.lines.length).toBeLessThanOrEqual(2_200);
    expect(view.hasOlder).toBe(true);
  });
});

describe('live entries', () => {
  it('are added at the end of a window that reaches it', async () => {
    const { view, live } = await opened(300);
    await live(saidAll(301, 303));
    expect(range(view)).toEqual([201, 303]);
  });

  it('only move the end of the log when the window stands elsewhere', async () => {
    const { view, room, live } = await opened(300, {}, 50);
    await live(saidAll(301, 303));
    expect(range(view)[1]).toBe(100);
    expect(room.lastSeq).toBe(303);
    expect(view.reachesEnd).toBe(false);
  });

  it('change loaded messages wherever the window stands', async () => {
    const { view, live } = await opened(300, {}, 50);
    await live([edited(301, 60)]);
    expect(view.lines.find((line) => line.seq === 60)).toMatchObject({ text: 'edited', edits: 1 });
  });

  it('that come while a page is on its way are not lost', async () => {
    const { view, log, live } = await opened(300);
    let open = () => undefined as void;
    log.gate = new Promise((resolve) => (open = resolve));
    const loading = view.loadOlder();
    await live([edited(301, 150), ...saidAll(302, 303)]);
    open();
    await loading;
    expect(range(view)).toEqual([101, 303]);
    expect(view.lines.find((line) => line.seq === 150)).toMatchObject({ text: 'edited' });
  });

  it('put the divider where reading stopped when nobody looks', async () => {
    const { view, live } = await opened(300);
    await live([said(301)]);
    expect(view.unreadAfter).toBe(300);
    await live([said(302, me)]);
    expect(view.unreadAfter).toBeNull();
  });
});

it('a jump opens the room anew at what is unread', async () => {
  const { view, room, log } = await opened(300);
  view.isPinned = true;
  log.length = 5_000;
  const summary = { ...(await opened(0)).room, id: 1 };
  vi.spyOn(api, 'get').mockImplementation(((path: string) =>
    path.endsWith('/api/rooms/1')
      ? Promise.resolve({ ...summary, log: 'r1', last_seq: 5_000, read_seq: 300, unread: 4_700, mentions: 2, last_at: 1 })
      : log.get(path)) as typeof api.get);
  room.reader.jump(5_000);
  await vi.waitFor(() => expect(range(view)).toEqual([250, 349]));
  expect(room).toMatchObject({ lastSeq: 5_000, unread: 4_700, mentions: 2 });
  expect(view.reachesEnd).toBe(false);
});

it('a page that hangs since the connection broke is asked for again when it is back', async () => {
  const { room, log } = await opened(300);
  const view = new RoomWindow(room, me);
  log.gate = new Promise(() => undefined);
  void view.open(120);
  log.gate = Promise.resolve();
  log.asked = [];
  view.reconnected();
  await vi.waitFor(() => expect(view.status).toBe('ready'));
  expect(log.asked).toEqual(['around=120&limit=100']);
  expect(view.target).toMatchObject({ seq: 120, isHighlighted: true });
});
