import { findIn, Lines, type LineCounts } from './lines';
import { outputPage } from './output.svelte';
import type { OutputEntry } from './types';

/** Nobody walks through more; the count then says "or more". */
const AT_MOST = 10_000;
const PAGE = 1_000;

/** A line in which the words stand. */
export interface Found {
  key: string;
  seq: number;
}

/** Looks for words in all of an output, also in what is not kept, and in what still comes. */
export class OutputSearch {
  words = $state('');
  found = $state.raw<readonly Found[]>([]);
  /** Which of them is looked at, from 0; -1: none yet. */
  at = $state(-1);
  isBusy = $state(false);
  /** Hears the first match as soon as it is found, long before a long output was read through. */
  onfirst: ((found: Found) => void) | null = null;
  readonly #log: string;
  readonly #counts: LineCounts;
  #lines = new Lines();
  /** So many lines were searched, and up to this entry. */
  #searched = 0;
  #read = 0;
  #run = 0;

  constructor(log: string, counts: LineCounts) {
    this.#log = log;
    this.#counts = counts;
  }

  get isFull(): boolean {
    return this.found.length >= AT_MOST;
  }
  get current(): Found | null {
    return this.found[this.at] ?? null;
  }

  /** Begins anew, and stands at the first match; answers when everything that is there by now was read. */
  async start(words: string): Promise<void> {
    const run = ++this.#run;
    this.words = words;
    this.found = [];
    this.at = -1;
    this.#lines = new Lines();
    this.#searched = this.#read = 0;
    if (words === '') {
      this.isBusy = false;
      return;
    }
    this.isBusy = true;
    try {
      for (;;) {
        const page = await outputPage(this.#log, { after: this.#read, limit: PAGE });
        if (run !== this.#run) return;
        this.#take(page.entries);
        const first = this.at < 0 ? this.go(1) : null;
        if (first) this.onfirst?.(first);
        if (!page.has_more || page.entries.length === 0 || this.isFull) break;
      }
    } catch {
      // What was found so far stands; the next word asks again.
    } finally {
      if (run === this.#run) this.isBusy = false;
    }
  }

  /** What came live, when it goes on where the search stands. */
  hear(entries: readonly OutputEntry[]): void {
    if (this.words === '' || this.isBusy || this.isFull) return;
    const fresh = entries.filter(({ seq }) => seq > this.#read);
    if (fresh[0]?.seq === this.#read + 1) this.#take(fresh);
  }

  /** To the next or the previous one, and around at the ends. */
  go(step: 1 | -1): Found | null {
    const { length } = this.found;
    if (length === 0) return null;
    this.at = this.at < 0 ? (step === 1 ? 0 : length - 1) : (this.at + step + length) % length;
    return this.current;
  }

  #take(entries: readonly OutputEntry[]): void {
    this.#counts.add(entries);
    for (const entry of entries) this.#lines.add(entry);
    this.#read = entries.at(-1)?.seq ?? this.#read;
    const { all } = this.#lines;
    const fresh: Found[] = [];
    // The last line may go on with the next entry, so it is looked at again then.
    const last = all.at(-1);
    const known = this.found.at(-1);
    for (const line of all.slice(this.#searched)) {
      if (line.key === known?.key || this.found.length + fresh.length >= AT_MOST) continue;
      if (findIn(line.text, this.words).length > 0) fresh.push({ key: line.key, seq: line.seq });
    }
    if (fresh.length > 0) this.found = [...this.found, ...fresh];
    // What was searched is not kept: an output may be larger than this page should be.
    if (all.length > 1) all.splice(0, all.length - 1);
    this.#searched = last?.mark === null ? 0 : all.length;
  }
}
