import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ApiProblem } from '../api/problem';
import type { LogReader } from '../live/core';
import { LineCounts } from './lines';
import { Output } from './output.svelte';
import { OutputSearch } from './search.svelte';
import type { OutputEntry, OutputPage } from './types';

/** A server that has one output. */
class FakeServer {
  entries: OutputEntry[] = [];
  requests: string[] = [];
  reader: LogReader | null = null;
  after: number | null = null;
  pageSize = 100;

  write(text: string): OutputEntry {
    const entry: OutputEntry = { seq: this.entries.length + 1, at: 0, kind: 'output', body: { text } };
    this.entries.push(entry);
    return entry;
  }

  /** Writes, and tells who follows. */
  tell(text: string): void {
    this.reader?.entries([this.write(text)] as never);
  }

  page(path: string): OutputPage {
    this.requests.push(path);
    const query = new URLSearchParams(path.split('?')[1]);
    const limit = Math.min(this.pageSize, Number(query.get('limit')));
    const [after, before] = ['after', 'before'].map((name) => query.get(name));
    let from = 0;
    if (after) from = Number(after);
    else if (before) from = Math.max(0, Number(before) - 1 - limit);
    const until = before ? Number(before) - 1 : from + limit;
    const entries = this.entries.slice(from, Math.min(until, from + limit));
    return { entries, has_more: (entries.at(-1)?.seq ?? 0) < this.entries.length, last_seq: this.entries.length };
  }
}

const fake = vi.hoisted(() => ({ server: null as unknown }));
const server = () => fake.server as FakeServer;

vi.mock('../live/connection.svelte', () => ({
  live: {
    follow: (_: string, after: number, reader: LogReader) => {
      server().after = after;
      server().reader = reader;
      return true;
    },
    unfollow: () => {
      server().reader = null;
    },
  },
}));
vi.mock('../api/client', async (original) => ({
  ...(await original<Record<string, unknown>>()),
  api: { get: (path: string) => Promise.resolve(server().page(path)) },
}));

beforeEach(() => {
  fake.server = new FakeServer();
  vi.useFakeTimers({ toFake: ['requestAnimationFrame', 'cancelAnimationFrame'] });
});
afterEach(() => {
  vi.useRealTimers();
});

async function opened(): Promise<Output> {
  const output = new Output('o1', server().entries.length);
  await output.open();
  return output;
}

const texts = (output: Output) => output.lines.map(({ text }) => text);

describe('the output that is looked at', () => {
  it('opens at the end, follows from there, and reads what lies before', async () => {
    for (let line = 1; line <= 250; line += 1) server().write(`line ${line}\n`);
    const output = await opened();
    expect(server().after).toBe(250);
    expect(output.lines).toHaveLength(250);
    expect(output.firstNumber).toBe(1);
    expect(output.hasOlder).toBe(false);
  });

  it('what comes live is drawn together, once a frame', async () => {
    const output = await opened();
    for (let line = 1; line <= 20; line += 1) server().tell(`line ${line}\n`);
    expect(output.lines).toHaveLength(0);
    vi.advanceTimersToNextFrame();
    expect(texts(output)).toHaveLength(20);
    output.close();
    expect(server().reader).toBeNull();
  });

  it('keeps a bounded part of an output that does not end, with its line numbers', async () => {
    const output = await opened();
    const kilobytes = `${'x'.repeat(99)}\n`.repeat(160);
    for (let entry = 0; entry < 700; entry += 1) server().tell(kilobytes);
    vi.advanceTimersToNextFrame();
    await vi.waitFor(() => expect(output.isShifting).toBe(false));
    await vi.waitFor(() => expect(output.hasOlder).toBe(true));
    const kept = output.lines.reduce((size, { text }) => size + text.length, 0);
    expect(kept).toBeLessThan(7_600_000);
    expect((output.firstNumber ?? 0) + output.lines.length - 1).toBe(700 * 160);
  });

  it('who has scrolled up keeps what is there, and comes back to the end', async () => {
    for (let entry = 0; entry < 700; entry += 1) server().write(`${'x'.repeat(15_999)}\n`);
    server().pageSize = 500;
    const output = await opened();
    await output.goTo(10);
    expect(output.lines.map(({ seq }) => seq)).toContain(10);
    expect(output.lines[0]?.seq).toBe(1);
    expect(output.reachesEnd).toBe(false);
    server().tell('the end\n');
    vi.advanceTimersToNextFrame();
    expect(texts(output)).not.toContain('the end');
    await output.toEnd();
    expect(texts(output).at(-1)).toBe('the end');
    expect(output.isFollowing).toBe(true);
  });

  it('a failed reading says so, and can be tried again', async () => {
    const page = vi.spyOn(server(), 'page').mockImplementationOnce(() => {
      throw new ApiProblem({ type: '/problems/internal', title: 'Down', status: 500 });
    });
    const output = await opened().catch(() => null);
    expect(page).toHaveBeenCalled();
    expect(output?.status).toBe('failed');
    await output?.open();
    expect(output?.status).toBe('ready');
  });
});

describe('searching an output', () => {
  it('finds lines in all of it, also those that are not kept, and goes around', async () => {
    for (let line = 1; line <= 250; line += 1) server().write(line % 100 === 0 ? `ERROR at ${line}\n` : `line ${line}\n`);
    const search = new OutputSearch('o1', new LineCounts());
    await search.start('error');
    expect(search.found.map(({ seq }) => seq)).toEqual([100, 200]);
    expect(search.current?.seq).toBe(100);
    expect(search.go(1)?.seq).toBe(200);
    expect(search.go(1)?.seq).toBe(100);
    expect(search.go(-1)?.seq).toBe(200);
  });

  it('a line that comes in two pieces is found, and once', async () => {
    server().write('an err');
    const search = new OutputSearch('o1', new LineCounts());
    await search.start('error');
    expect(search.found).toHaveLength(0);
    search.hear([server().write('or came, err')]);
    search.hear([server().write('or again\nquiet\n')]);
    expect(search.found).toEqual([{ key: '1.0.0', seq: 1 }]);
    search.hear([server().write('another error\n')]);
    expect(search.found).toHaveLength(2);
  });

  it('an empty word finds nothing and asks nothing', async () => {
    const search = new OutputSearch('o1', new LineCounts());
    await search.start('');
    expect(search.found).toEqual([]);
    expect(server().requests).toEqual([]);
  });
});
