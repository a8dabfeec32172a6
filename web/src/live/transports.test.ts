import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openLongPoll } from './long_poll';
import { openShortPoll } from './short_poll';
import { openEventStream } from './sse';
import type { TransportEvents } from './transport';
import { openWebSocket } from './websocket';

const context = { origin: 'https://server', cursors: () => ({ feed: 41, r7: 902 }) };

function events() {
  return { opened: vi.fn(), message: vi.fn(), closed: vi.fn() } satisfies TransportEvents;
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe('WebSocket', () => {
  class FakeSocket {
    static readonly OPEN = 1;
    static last: FakeSocket;
    readyState = 1;
    sent: string[] = [];
    onmessage: ((event: { data: string }) => void) | null = null;
    onclose: ((event: { code: number }) => void) | null = null;
    constructor(readonly url: string) {
      FakeSocket.last = this;
    }
    send(text: string) {
      this.sent.push(text);
    }
    close() {
      this.readyState = 3;
    }
    hear(message: object) {
      this.onmessage?.({ data: JSON.stringify(message) });
    }
  }

  function open() {
    vi.stubGlobal('WebSocket', FakeSocket);
    const heard = events();
    const transport = openWebSocket(context, heard);
    return { heard, transport, socket: FakeSocket.last };
  }
  const hello = { type: 'hello', protocol: 1, person: 5, online: [] };

  it('is open with the hello, on the address of the page', () => {
    const { heard, socket } = open();
    expect(socket.url).toBe('wss://server/live');
    expect(heard.opened).not.toHaveBeenCalled();
    socket.hear(hello);
    expect(heard.opened).toHaveBeenCalledOnce();
  });

  it('gives up when no hello comes in five seconds', () => {
    const { heard } = open();
    vi.advanceTimersByTime(5_000);
    expect(heard.closed).toHaveBeenCalledExactlyOnceWith('failed');
  });

  it('pings after twenty seconds of silence, and gives up after forty-five', () => {
    const { heard, socket } = open();
    socket.hear(hello);
    vi.advanceTimersByTime(20_000);
    expect(socket.sent).toEqual(['{"type":"ping"}']);
    socket.hear({ type: 'pong' });
    vi.advanceTimersByTime(44_999);
    expect(heard.closed).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(heard.closed).toHaveBeenCalledExactlyOnceWith('failed');
  });

  it('wants an answer soon when it is checked', () => {
    const { heard, socket, transport } = open();
    socket.hear(hello);
    transport.check();
    vi.advanceTimersByTime(5_000);
    expect(heard.closed).toHaveBeenCalledWith('failed');
  });

  it.each([
    [4401, 'session_ended'],
    [1001, 'server_stops'],
    [1008, 'failed'],
    [1006, 'failed'],
  ] as const)('close code %i means %s', (code, reason) => {
    const { heard, socket } = open();
    socket.hear(hello);
    socket.onclose?.({ code });
    expect(heard.closed).toHaveBeenCalledExactlyOnceWith(reason);
  });

  it('says nothing after it was closed', () => {
    const { heard, socket, transport } = open();
    transport.close();
    socket.hear(hello);
    socket.onclose?.({ code: 1006 });
    expect(heard.opened).not.toHaveBeenCalled();
    expect(heard.closed).not.toHaveBeenCalled();
  });
});

describe('server-sent events', () => {
  class FakeSource {
    static all: FakeSource[] = [];
    isClosed = false;
    onmessage: ((event: { data: string }) => void) | null = null;
    onerror: (() => void) | null = null;
    constructor(readonly url: string) {
      FakeSource.all.push(this);
    }
    close() {
      this.isClosed = true;
    }
    hear(message: object) {
      this.onmessage?.({ data: JSON.stringify(message) });
    }
  }

  function open() {
    FakeSource.all = [];
    vi.stubGlobal('EventSource', FakeSource);
    const heard = events();
    return { heard, transport: openEventStream(context, heard), sources: FakeSource.all };
  }

  it('resumes from the cursors, and is open with its first message', () => {
    const { heard, sources } = open();
    expect(sources[0]?.url).toBe('https://server/api/live?after=feed:41,r7:902');
    sources[0]?.hear({ type: 'pong' });
    expect(heard.opened).toHaveBeenCalledOnce();
  });

  it('gives up when nothing comes in five seconds', () => {
    const { heard } = open();
    vi.advanceTimersByTime(5_000);
    expect(heard.closed).toHaveBeenCalledWith('failed');
  });

  it('asks again with new logs, and after a long silence', () => {
    const { sources, transport, heard } = open();
    sources[0]?.hear({ type: 'pong' });
    transport.follow({ r8: 1 });
    expect(sources.map((source) => source.isClosed)).toEqual([true, false]);
    sources[1]?.hear({ type: 'pong' });
    vi.advanceTimersByTime(45_000);
    expect(sources).toHaveLength(3);
    expect(heard.opened).toHaveBeenCalledOnce();
  });
});

describe('polling', () => {
  function answering(status = 200) {
    const asked: string[] = [];
    const fetch = vi.fn((url: string) => {
      asked.push(url.slice(url.indexOf('?') + 1));
      return Promise.resolve(new Response(JSON.stringify({ messages: [], after: '' }), { status }));
    });
    vi.stubGlobal('fetch', fetch);
    return asked;
  }

  it('asks at once, then waits for what comes', async () => {
    const asked = answering();
    const heard = events();
    const transport = openLongPoll(context, heard);
    await vi.advanceTimersByTimeAsync(5);
    transport.close();
    const [first, second] = asked;
    expect(first).toMatch(/^after=feed:41,r7:902&client=[0-9a-f]{32}$/);
    // The same name each time: the server keeps for it what it tells only once.
    expect(second).toBe(`${first}&wait=25`);
    expect(heard.opened).toHaveBeenCalledOnce();
  });

  it('asks every two seconds when it is short', async () => {
    const asked = answering();
    const transport = openShortPoll(context, events());
    await vi.advanceTimersByTimeAsync(4_500);
    transport.close();
    expect(asked).toHaveLength(3);
  });

  it.each([
    [401, 'session_ended'],
    [503, 'failed'],
  ] as const)('status %i means %s', async (status, reason) => {
    answering(status);
    const heard = events();
    openShortPoll(context, heard);
    await vi.advanceTimersByTimeAsync(0);
    expect(heard.closed).toHaveBeenCalledExactlyOnceWith(reason);
  });
});
