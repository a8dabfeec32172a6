import type { Entry } from '../api/types';

export type Cursors = Record<string, number>;

/** What a batch of entries means for a reader that stands at a certain number. */
export type Accepted =
  | { kind: 'fresh'; entries: Entry[] }
  | { kind: 'seen' }
  | { kind: 'gap'; after: number }
  | { kind: 'not_followed' };

/**
 * Where each log was read to. A batch is taken only when it continues without a hole, and what was
 * seen before is left out, so that a change of transport can repeat entries without anybody noticing.
 */
export class CursorSet {
  readonly #cursors = new Map<string, number>();

  get(log: string): number | undefined {
    return this.#cursors.get(log);
  }

  set(log: string, seq: number): void {
    this.#cursors.set(log, seq);
  }

  delete(log: string): void {
    this.#cursors.delete(log);
  }

  clear(): void {
    this.#cursors.clear();
  }

  get size(): number {
    return this.#cursors.size;
  }

  all(): Cursors {
    return Object.fromEntries(this.#cursors);
  }

  accept(log: string, entries: Entry[]): Accepted {
    const cursor = this.#cursors.get(log);
    if (cursor === undefined) return { kind: 'not_followed' };
    const fresh = entries.filter((entry) => entry.seq > cursor);
    const first = fresh[0];
    const last = fresh.at(-1);
    if (!first || !last) return { kind: 'seen' };
    if (first.seq > cursor + 1) return { kind: 'gap', after: cursor };
    this.#cursors.set(log, last.seq);
    return { kind: 'fresh', entries: fresh };
  }
}

/** `feed:41,r7:902`: how cursors stand in the address of `GET /api/live`. */
export function cursorText(cursors: Cursors): string {
  return Object.entries(cursors)
    .map(([log, seq]) => `${log}:${seq}`)
    .join(',');
}
