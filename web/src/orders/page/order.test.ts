import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { api, ApiProblem } from '../../api/client';
import type { Entry, Person } from '../../api/types';
import type { LogReader } from '../../live/core';
import { live } from '../../live/connection.svelte';
import { people } from '../../people/people.svelte';
import { change, drawn, summary } from './fixtures';
import { Order } from './order.svelte';
import type { OrderChange, OrderView } from './types';

const me = 9;

/** What the server would answer now. */
interface Server {
  changes: OrderChange[];
  revision: number;
  states: ['idle' | 'waiting' | 'done', 'idle' | 'waiting' | 'done'];
  lastSeq: number;
}

let server: Server;
let reader: LogReader | null;

function view({ revision, states, lastSeq }: Server): OrderView {
  const [one, two] = states;
  return {
    summary: summary({ id: 1, revision }),
    form_fields: [],
    form: {},
    hidden: [],
    access: {},
    form_version: 1,
    chosen: {},
    diagram: { nodes: [drawn('a', one), drawn('b', two)], links: [] },
    diagram_start: { nodes: [drawn('a', 'idle'), drawn('b', 'idle')], links: [] },
    nodes: [],
    tasks: [],
    moves: [],
    timers: [],
    runs: {},
    people: [me],
    member: true,
    last_seq: lastSeq,
  };
}

beforeEach(() => {
  vi.useFakeTimers();
  server = { changes: [change(1, 'a', 'waiting')], revision: 1, states: ['waiting', 'idle'], lastSeq: 1 };
  reader = null;
  vi.spyOn(live, 'follow').mockImplementation((_log, _after, next) => {
    reader = next;
    return true;
  });
  vi.spyOn(api, 'get').mockImplementation(((path: string) => {
    if (path === '/api/orders/1') return Promise.resolve(view(server));
    if (path.startsWith('/api/orders/1/diagram/changes')) {
      const after = Number(new URL(path, 'http://server').searchParams.get('after'));
      const changes = server.changes.filter(({ seq }) => seq > after);
      return Promise.resolve({ changes, has_more: false, last_seq: server.lastSeq });
    }
    if (path === '/api/rooms/1') {
      const seq = server.lastSeq;
      return Promise.resolve({ id: 1, log: 'r1', kind: 'order', last_seq: seq, read_seq: seq, unread: 0, mentions: 0, people: 1 });
    }
    return Promise.reject(new ApiProblem({ type: '/problems/not_found', title: path, status: 404 }));
  }) as typeof api.get);
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

async function opened(): Promise<Order> {
  const order = new Order(1, me);
  await order.start();
  expect(order.status).toBe('ready');
  return order;
}

/** What comes over the live connection when this is decided. */
function entry({ seq, at, by, changes, status, form_version, events }: OrderChange, revision: number): Entry {
  const body = { changes, status, form_version, events, revision, nodes: [], waiting_for: [4], events_sha256: '' };
  return { seq, at, by, kind: 'order', target: null, command: null, body } as unknown as Entry;
}

const statesOf = (order: Order) => order.diagram.nodes.map(({ state }) => state);

describe('a live entry', () => {
  it('is drawn at once, before the server is asked anything', async () => {
    const order = await opened();
    reader?.entries([entry(change(2, 'a', 'done'), 2)]);
    expect(statesOf(order)).toEqual(['done', 'idle']);
    expect(order.summary).toMatchObject({ revision: 2, waiting_for: [4] });
    expect(order.isStale).toBe(true);
  });

  it('makes the page ask what may be done now', async () => {
    const order = await opened();
    reader?.entries([entry(change(2, 'a', 'done'), 2)]);
    server = { ...server, revision: 2, states: ['done', 'idle'], lastSeq: 2 };
    await vi.runAllTimersAsync();
    expect(order.isStale).toBe(false);
  });

  it('that comes twice changes nothing', async () => {
    const order = await opened();
    const entries = [entry(change(2, 'a', 'done'), 2)];
    reader?.entries(entries);
    const { diagram, changes } = order;
    reader?.entries(entries);
    expect(order.diagram).toBe(diagram);
    expect(order.changes).toBe(changes);
  });

  it('is not undone by an answer that is older', async () => {
    const order = await opened();
    reader?.entries([entry(change(2, 'a', 'done'), 2)]);
    await vi.advanceTimersByTimeAsync(60);
    expect(statesOf(order)).toEqual(['done', 'idle']);
    expect(order.summary.revision).toBe(2);
  });

  it('of somebody else is told; one of my own is not news to me', async () => {
    const order = await opened();
    const approved = { event: 'approved', task: 1, comment: null, automatic: null, at_ms: 0, by: { person: 2 } } as const;
    reader?.entries([entry(change(2, 'a', 'done', [approved]), 2)]);
    expect(order.news).toHaveLength(1);
    reader?.entries([entry({ ...change(3, 'b', 'done', [approved]), by: me }, 3)]);
    expect(order.news).toHaveLength(1);
  });

  it('names whoever did it as soon as their name is there', async () => {
    const order = await opened();
    const approved = { event: 'approved', task: 1, comment: null, automatic: null, at_ms: 0, by: { person: 41 } } as const;
    reader?.entries([entry({ ...change(2, 'a', 'done', [approved]), by: 41 }, 2)]);
    expect(order.news[0]?.text).toContain('Somebody');
    people.put({ id: 41, name: 'Lee' } as Person);
    expect(order.news[0]?.text).toContain('Lee');
  });
});

it('an answer that knows more is taken over, and its entries do not draw it back when they come', async () => {
  const order = await opened();
  server = { changes: [], revision: 3, states: ['done', 'done'], lastSeq: 3 };
  reader?.entries([entry(change(2, 'a', 'done'), 2)]);
  await vi.runAllTimersAsync();
  expect(statesOf(order)).toEqual(['done', 'done']);
  reader?.entries([entry(change(3, 'b', 'waiting'), 3)]);
  expect(statesOf(order)).toEqual(['done', 'done']);
  expect(order.changes.map(({ seq }) => seq)).toEqual([1, 2, 3]);
});

it('after a jump the entries that were not told are read in one go', async () => {
  const order = await opened();
  server = {
    changes: [change(1, 'a', 'waiting'), change(40, 'a', 'done'), change(41, 'b', 'waiting')],
    revision: 3,
    states: ['done', 'waiting'],
    lastSeq: 44,
  };
  reader?.jump(44);
  await vi.runAllTimersAsync();
  expect(statesOf(order)).toEqual(['done', 'waiting']);
  expect(order.changes.map(({ seq }) => seq)).toEqual([1, 40, 41]);
  expect(order.lastSeq).toBe(44);
});

it('two answers of different moments make one picture', async () => {
  server.changes = [change(1, 'a', 'waiting'), change(2, 'a', 'done')];
  const order = await opened();
  expect(statesOf(order)).toEqual(['done', 'idle']);
});

it('what comes live while the order is read again is kept', async () => {
  const order = await opened();
  order.retry();
  // The answers are of the moment before.
  reader?.entries([entry(change(2, 'a', 'done'), 2)]);
  await vi.advanceTimersByTimeAsync(0);
  expect(order.status).toBe('ready');
  expect(statesOf(order)).toEqual(['done', 'idle']);
  // It is followed from that moment, too.
  reader?.entries([entry(change(2, 'a', 'done'), 2)]);
  server = { ...server, revision: 2, states: ['done', 'idle'], lastSeq: 2 };
  await vi.runAllTimersAsync();
  expect(statesOf(order)).toEqual(['done', 'idle']);
  expect(order.summary.revision).toBe(2);
});
