import { SvelteMap } from 'svelte/reactivity';
import { api } from '../../api/client';
import type { DiagramModel } from '../../diagram/model';
import { changeIndexAt, DiagramFold } from './fold';
import type { Order } from './order.svelte';
import type { Values, FormVersion, OrderChange } from './types';

/** An entry is shown so long while it plays. */
const STEP_MS = 900;
/** A longer order plays from decision to decision: nobody waits for hundreds of messages. */
const EVERY_ENTRY_UP_TO = 60;

/** The page at an earlier entry. It is left only when somebody says so, whatever comes meanwhile. */
export class Replay {
  readonly #order: Order;
  /** The entry that is shown; null: now. */
  position = $state<number | null>(null);
  isPlaying = $state(false);
  #fold: DiagramFold | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Null: it is on its way. */
  readonly #forms = new SvelteMap<number, FormVersion | null>();

  constructor(order: Order) {
    this.#order = order;
  }

  get isOn(): boolean {
    return this.position !== null;
  }

  /** The entry that the slider stands at. */
  get seq(): number {
    return this.position ?? this.#order.lastSeq;
  }

  readonly diagram: DiagramModel = $derived.by(() => {
    const { position } = this;
    const order = this.#order;
    if (position === null) return order.diagram;
    this.#fold ??= new DiagramFold(order.view.diagram_start);
    return this.#fold.at(order.changes, position);
  });

  /** The last change at or before the shown entry. */
  get change(): OrderChange | null {
    const { changes } = this.#order;
    return changes[changeIndexAt(changes, this.seq)] ?? null;
  }

  /** What has happened up to the shown entry. */
  get changes(): readonly OrderChange[] {
    const { changes } = this.#order;
    return this.position === null ? changes : changes.slice(0, changeIndexAt(changes, this.position) + 1);
  }

  /** The form as it was; null while it is on its way, and before there was one. */
  get form(): { values: Values; version: number } | null {
    const { view } = this.#order;
    if (this.position === null) return { values: view.form, version: view.form_version };
    const version = this.change?.form_version;
    if (version === undefined) return null;
    if (version === view.form_version) return { values: view.form, version };
    const known = this.#forms.get(version);
    return known ? { values: known.form, version } : null;
  }

  go(seq: number): void {
    this.position = Math.max(1, Math.min(this.#order.lastSeq, Math.round(seq)));
    void this.#loadForm();
  }

  /** To the decision before or after the shown entry. */
  goToDecision(direction: -1 | 1): void {
    const { changes } = this.#order;
    const index = changeIndexAt(changes, this.seq);
    const isThere = changes[index]?.seq === this.seq;
    const next = direction === 1 ? index + 1 : isThere ? index - 1 : index;
    const change = changes[next];
    if (change) this.go(change.seq);
    else this.go(direction === 1 ? this.#order.lastSeq : 1);
  }

  leave(): void {
    this.pause();
    this.position = null;
  }

  /** From where it stands; from the first entry when it stands at the end. */
  play(): void {
    if (this.position === null || this.position >= this.#order.lastSeq) this.go(1);
    this.isPlaying = true;
    this.#next();
  }

  pause(): void {
    this.isPlaying = false;
    clearTimeout(this.#timer);
  }

  #next(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      if (!this.isPlaying || this.position === null) return;
      if (this.#order.lastSeq <= EVERY_ENTRY_UP_TO) this.go(this.position + 1);
      else this.goToDecision(1);
      if (this.position >= this.#order.lastSeq) this.pause();
      else this.#next();
    }, STEP_MS);
  }

  async #loadForm(): Promise<void> {
    const version = this.change?.form_version;
    const order = this.#order;
    if (version === undefined || version === order.view.form_version || this.#forms.has(version)) return;
    this.#forms.set(version, null);
    try {
      this.#forms.set(version, await api.get<FormVersion>(`/api/orders/${order.id}/forms/${version}`));
    } catch {
      // The next move of the slider asks again.
      this.#forms.delete(version);
    }
  }
}
