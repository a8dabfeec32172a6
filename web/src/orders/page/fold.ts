import { applyChanges, type DiagramModel } from '../../diagram/model';
import type { OrderChange } from './types';

/** So many changes lie between two kept states at most: dragging the slider folds no more than that. */
const KEEP_EVERY = 32;

/** Where in these changes the last one at or before `seq` stands; -1 before the first. */
export function changeIndexAt(changes: readonly OrderChange[], seq: number): number {
  let low = 0;
  let high = changes.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((changes[middle]?.seq ?? 0) <= seq) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** The diagram at any moment: its beginning, and the changes up to there. Changes are only ever added at the end. */
export class DiagramFold {
  readonly #start: DiagramModel;
  /** The state after the first 32, 64, … changes. */
  readonly #kept: DiagramModel[] = [];

  constructor(start: DiagramModel) {
    this.#start = start;
  }

  at(changes: readonly OrderChange[], seq: number): DiagramModel {
    const count = changeIndexAt(changes, seq) + 1;
    this.#keep(changes, Math.floor(count / KEEP_EVERY));
    const kept = Math.floor(count / KEEP_EVERY);
    let diagram = kept === 0 ? this.#start : (this.#kept[kept - 1] ?? this.#start);
    for (const { changes: next } of changes.slice(kept * KEEP_EVERY, count)) diagram = applyChanges(diagram, next);
    return diagram;
  }

  #keep(changes: readonly OrderChange[], wanted: number): void {
    while (this.#kept.length < wanted) {
      const from = this.#kept.length * KEEP_EVERY;
      let diagram = this.#kept.at(-1) ?? this.#start;
      for (const { changes: next } of changes.slice(from, from + KEEP_EVERY)) diagram = applyChanges(diagram, next);
      this.#kept.push(diagram);
    }
  }
}

/** Changes that are known, and others that came later or again: each once, in order. */
export function withChanges(known: readonly OrderChange[], more: readonly OrderChange[]): readonly OrderChange[] {
  const last = known.at(-1)?.seq ?? 0;
  const fresh = more.filter(({ seq }) => seq > last);
  return fresh.length === 0 ? known : [...known, ...fresh];
}
