import { vi } from 'vitest';
import type { ClientMessage, Entry, ServerMessage } from '../api/types';
import { LiveCore, type LiveEnvironment, type LogReader } from './core';
import type { TransportKind } from './protocol';
import type { Transport, TransportContext, TransportEvents } from './transport';

/** A transport that a test drives by hand. */
export class FakeTransport implements Transport {
  readonly sent: ClientMessage[] = [];
  readonly carriesCommands: boolean;
  isClosed = false;
  /** How often it was told to ask again; transports over HTTP take their cursors then. */
  followed = 0;

  constructor(
    readonly kind: TransportKind,
    readonly context: TransportContext,
    readonly events: TransportEvents,
  ) {
    this.carriesCommands = kind === 'websocket';
  }

  send(message: ClientMessage): boolean {
    if (!this.carriesCommands || this.isClosed) return false;
    this.sent.push(message);
    return true;
  }

  follow(logs: Record<string, number>): void {
    this.followed += 1;
    this.send({ type: 'follow', logs });
  }

  unfollow(log: string): void {
    this.send({ type: 'unfollow', log });
  }

  check(): void {
    this.send({ type: 'ping' });
  }

  close(): void {
    this.isClosed = true;
  }

  commands(): unknown[] {
    return this.sent.filter((message) => 'command' in message);
  }

  say(message: ServerMessage): void {
    this.events.message(message);
  }
}

export function message(seq: number, text = `text ${seq}`): Entry {
  const body = { text, reply_to: null, mentions: [], files: [] };
  return { seq, at: seq * 1000, by: 5, kind: 'message', target: null, command: null, body };
}

export function messages(first: number, last: number): Entry[] {
  return Array.from({ length: last - first + 1 }, (_, index) => message(first + index));
}

/** A live core whose transports are fakes: `opened` has them all, in order. */
export function fakeLive(changes: Partial<LiveEnvironment> = {}) {
  const opened: FakeTransport[] = [];
  const open = (kind: TransportKind) => (context: TransportContext, events: TransportEvents) => {
    const transport = new FakeTransport(kind, context, events);
    opened.push(transport);
    return transport;
  };
  const post = vi.fn<LiveEnvironment['post']>(() => new Promise(() => undefined));
  const environment = {
    origin: 'http://server',
    setting: 'auto' as const,
    open: {
      websocket: open('websocket'),
      sse: open('sse'),
      long_poll: open('long_poll'),
      short_poll: open('short_poll'),
    },
    post,
    postTyping: vi.fn(),
    postNotice: vi.fn(),
    probe: vi.fn<LiveEnvironment['probe']>(() => Promise.resolve('reachable')),
    networkIsDown: () => false,
    random: () => 1,
    changed: vi.fn<LiveEnvironment['changed']>(),
    signal: vi.fn<LiveEnvironment['signal']>(),
    sessionEnded: vi.fn(),
    ...changes,
  };
  const core = new LiveCore(environment);
  const last = (): FakeTransport => {
    const transport = opened.at(-1);
    if (!transport) throw new Error('nothing was opened');
    return transport;
  };
  return { core, environment, post, opened, last };
}

/** A reader that remembers the numbers it was given. */
export function readerOf() {
  const seen: number[] = [];
  const reader: LogReader = {
    entries: (entries) => seen.push(...entries.map((entry) => entry.seq)),
    jump: vi.fn(),
    ended: vi.fn(),
  };
  return { seen, reader };
}
