import { SvelteMap } from 'svelte/reactivity';
import { api, withQuery } from '../api/client';
import type { EntriesPage } from '../api/types';
import { indexOfSeq, linesOf, type Line, type MessageLine } from './fold';

/** Answered messages that the window does not hold, by room and number; null: there is none. */
const loaded = new SvelteMap<string, MessageLine | null>();
const asked = new Set<string>();
const KEEP = 500;

/** The message that a reply is to; undefined until it is loaded, which this starts. Reactive. */
export function quotedMessage(lines: readonly Line[], room: number, seq: number): MessageLine | null | undefined {
  const line = lines[indexOfSeq(lines, seq)];
  if (line) return line.kind === 'message' ? line : null;
  const key = `${room}:${seq}`;
  const known = loaded.get(key);
  if (known === undefined && !asked.has(key)) {
    asked.add(key);
    // Reading state inside a render may not change it; the answer comes later anyway.
    void load(key, room, seq);
  }
  return known;
}

async function load(key: string, room: number, seq: number): Promise<void> {
  try {
    const path = withQuery(`/api/rooms/${room}/entries`, { around: seq, limit: 1 });
    const page = await api.get<EntriesPage>(path);
    const line = linesOf(page.entries, page.states).find((other) => other.seq === seq);
    if (loaded.size > KEEP) {
      loaded.clear();
      asked.clear();
    }
    loaded.set(key, line?.kind === 'message' ? line : null);
  } catch {
    // Shown as "earlier message"; the next drawing tries again.
    asked.delete(key);
  }
}
