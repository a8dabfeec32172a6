import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { fakeLive, messages, readerOf, type FakeTransport } from './fakes';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Lets promises and microtasks run without moving the clock on. */
const settle = () => vi.advanceTimersByTimeAsync(0);

async function started(log = 'r7', after = 10) {
  const live = fakeLive();
  const { seen, reader } = readerOf();
  live.core.start();
  live.core.follow(log, after, reader);
  live.last().events.opened();
  await settle();
  return { ...live, seen, reader };
}

async function fail(transport: FakeTransport) {
  transport.events.closed('failed');
  await settle();
}

describe('reading logs', () => {
  it('follows from the number that was given, in one message for all logs', async () => {
    const { core, last } = await started();
    expect(last().sent).toEqual([{ type: 'follow', logs: { r7: 10 } }]);
    core.follow('r8', 3, readerOf().reader);
    core.follow('feed', 0, readerOf().reader);
    await settle();
    expect(last().sent.at(-1)).toEqual({ type: 'follow', logs: { r8: 3, feed: 0 } });
  });

  it('leaves out what was seen before', async () => {
    const { last, seen } = await started();
    last().say({ type: 'entries', log: 'r7', entries: messages(9, 12) });
    last().say({ type: 'entries', log: 'r7', entries: messages(11, 13) });
    last().say({ type: 'entries', log: 'r7', entries: messages(11, 13) });
    expect(seen).toEqual([11, 12, 13]);
  });

  it('follows again from the last number when there is a hole', async () => {
    const { last, seen } = await started();
    last().say({ type: 'entries', log: 'r7', entries: messages(13, 14) });
    expect(seen).toEqual([]);
    expect(last().sent.at(-1)).toEqual({ type: 'follow', logs: { r7: 10 } });
    last().say({ type: 'entries', log: 'r7', entries: messages(11, 15) });
    expect(seen).toEqual([11, 12, 13, 14, 15]);
  });

  it('asks for a hole once a second, not for every message behind it', async () => {
    const { last } = await started();
    for (let seq = 13; seq < 20; seq += 1) {
      last().say({ type: 'entries', log: 'r7', entries: messages(seq, seq) });
    }
    expect(last().sent).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(last().sent).toHaveLength(3);
  });

  it('goes on behind a jump', async () => {
    const { last, seen, reader } = await started();
    last().say({ type: 'jump', log: 'r7', last_seq: 5000 });
    last().say({ type: 'entries', log: 'r7', entries: messages(5001, 5002) });
    expect(reader.jump).toHaveBeenCalledWith(5000);
    expect(seen).toEqual([5001, 5002]);
  });

  it('takes nothing of a log that ended', async () => {
    const { last, seen, reader } = await started();
    last().say({ type: 'ended', log: 'r7', reason: 'removed' });
    last().say({ type: 'entries', log: 'r7', entries: messages(11, 12) });
    expect(reader.ended).toHaveBeenCalledWith('removed');
    expect(seen).toEqual([]);
  });

  it('resumes from the cursor after a reconnect', async () => {
    const { last, seen, opened } = await started();
    last().say({ type: 'entries', log: 'r7', entries: messages(11, 12) });
    await vi.advanceTimersByTimeAsync(6_000);
    await fail(last());
    await vi.advanceTimersByTimeAsync(300);
    expect(opened).toHaveLength(2);
    last().events.opened();
    expect(last().sent).toEqual([{ type: 'follow', logs: { r7: 12 } }]);
    last().say({ type: 'entries', log: 'r7', entries: messages(13, 13) });
    expect(seen).toEqual([11, 12, 13]);
  });
});

describe('reconnecting', () => {
  it('waits longer each time while the server does not answer, and never falls back', async () => {
    const live = fakeLive({ probe: () => Promise.resolve('unreachable') });
    live.core.start();
    for (const delay of [300, 600, 1_200, 2_400, 4_800, 9_600, 15_000, 15_000]) {
      await fail(live.last());
      const before = live.opened.length;
      await vi.advanceTimersByTimeAsync(delay - 1);
      expect(live.opened).toHaveLength(before);
      await vi.advanceTimersByTimeAsync(1);
      expect(live.opened).toHaveLength(before + 1);
    }
    expect(live.opened.every((transport) => transport.kind === 'websocket')).toBe(true);
  });

  it('connects at once when the network comes back', async () => {
    const live = fakeLive({ probe: () => Promise.resolve('unreachable') });
    live.core.start();
    for (let round = 0; round < 5; round += 1) {
      await fail(live.last());
      await vi.advanceTimersByTimeAsync(15_000);
    }
    await fail(live.last());
    const before = live.opened.length;
    live.core.wake();
    expect(live.opened).toHaveLength(before + 1);
  });

  it('says so when the session ended, and stays away', async () => {
    const { last, environment, opened } = await started();
    last().events.closed('session_ended');
    await vi.advanceTimersByTimeAsync(60_000);
    expect(environment.sessionEnded).toHaveBeenCalledOnce();
    expect(opened).toHaveLength(1);
  });

  it('spreads the return when the server stops', async () => {
    const { last, opened } = await started();
    last().events.closed('server_stops');
    await vi.advanceTimersByTimeAsync(2_999);
    expect(opened).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(opened).toHaveLength(2);
  });
});

describe('fallback', () => {
  async function fallenTo(kind: string) {
    const live = await started();
    while (live.last().kind !== kind) {
      await fail(live.last());
      await vi.advanceTimersByTimeAsync(600);
    }
    return live;
  }

  it('takes the next transport after two failures', async () => {
    const { last, opened } = await started();
    await fail(last());
    await vi.advanceTimersByTimeAsync(300);
    expect(last().kind).toBe('websocket');
    await fail(last());
    expect(opened.map((transport) => transport.kind)).toEqual(['websocket', 'websocket', 'sse']);
  });

  it('goes down to short polling, and stays there', async () => {
    const { last } = await fallenTo('short_poll');
    await fail(last());
    await vi.advanceTimersByTimeAsync(15_000);
    await fail(last());
    await vi.advanceTimersByTimeAsync(15_000);
    expect(last().kind).toBe('short_poll');
  });

  it('keeps a transport that once held', async () => {
    const { last } = await started();
    for (let round = 0; round < 4; round += 1) {
      await vi.advanceTimersByTimeAsync(6_000);
      await fail(last());
      await vi.advanceTimersByTimeAsync(300);
      last().events.opened();
    }
    expect(last().kind).toBe('websocket');
  });

  it('uses only the transport that a person has chosen', async () => {
    const live = fakeLive({ setting: 'long_poll' });
    live.core.start();
    for (let round = 0; round < 5; round += 1) {
      expect(live.last().kind).toBe('long_poll');
      await fail(live.last());
      await vi.advanceTimersByTimeAsync(15_000);
    }
  });

  it('climbs back without loss or repeat', async () => {
    const { last, opened, seen, environment } = await fallenTo('sse');
    const stream = last();
    stream.events.opened();
    stream.say({ type: 'entries', log: 'r7', entries: messages(11, 12) });
    await vi.advanceTimersByTimeAsync(60_000);
    const socket = last();
    expect(socket.kind).toBe('websocket');
    expect(stream.isClosed).toBe(false);
    stream.say({ type: 'entries', log: 'r7', entries: messages(13, 13) });
    socket.events.opened();
    expect(stream.isClosed).toBe(true);
    expect(socket.sent).toEqual([{ type: 'follow', logs: { r7: 13 } }]);
    stream.say({ type: 'entries', log: 'r7', entries: messages(14, 14) });
    socket.say({ type: 'entries', log: 'r7', entries: messages(13, 15) });
    expect(seen).toEqual([11, 12, 13, 14, 15]);
    expect(environment.changed).toHaveBeenLastCalledWith('online', 'websocket');
    expect(opened.filter((transport) => !transport.isClosed).length).toBeGreaterThan(0);
  });

  it('tries the others when the best does not open, and later again', async () => {
    const { last, opened } = await fallenTo('long_poll');
    last().events.opened();
    const before = opened.length;
    await vi.advanceTimersByTimeAsync(60_000);
    await fail(last());
    await fail(last());
    expect(opened.slice(before).map((transport) => transport.kind)).toEqual(['websocket', 'sse']);
    await vi.advanceTimersByTimeAsync(119_999);
    expect(opened).toHaveLength(before + 2);
    await vi.advanceTimersByTimeAsync(1);
    expect(opened).toHaveLength(before + 3);
  });

  it('returns to what worked when the better one breaks at once', async () => {
    const { last } = await fallenTo('sse');
    last().events.opened();
    await vi.advanceTimersByTimeAsync(60_000);
    last().events.opened();
    expect(last().kind).toBe('websocket');
    await fail(last());
    expect(last().kind).toBe('sse');
  });
});
