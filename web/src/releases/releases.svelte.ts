import { SvelteMap } from 'svelte/reactivity';
import { api } from '../api/client';
import type { DiagramModel } from '../diagram/model';
import { live } from '../live/connection.svelte';
import type { Order } from '../orders/page/order.svelte';
import type { OrderChange } from '../orders/page/types';
import { partOf, progressOfParts } from './run';
import type { RollbackTarget, Run, Runs } from './types';

/** Many hosts change at once: their runs are read again at most this often, and soon after the first change. */
const READ_AFTER_MS = 80;
const READ_APART_MS = 600;
/** An answer that the server could not give yet is asked for again. */
const AGAIN_MS = 3_000;

/** The runs of one order, as they stand now. */
export class Releases {
  runs = $state.raw<readonly Run[]>([]);
  targets = $state.raw<readonly RollbackTarget[]>([]);
  mayRollBack = $state(false);
  isLoaded = $state(false);
  readonly #order: Order;
  /** What scripts said of themselves since, by the part of the diagram that they are. */
  readonly #percent = new SvelteMap<string, number>();
  #heardUntil = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #readAt = 0;
  #request = 0;
  readonly #ends: (() => void)[] = [];

  constructor(order: Order) {
    this.#order = order;
  }

  /** How far each part of the diagram is that runs now, in percent. */
  readonly progress: ReadonlyMap<string, number> = $derived(progressOfParts(this.runs, (node, host) => this.percentOf(node, host)));

  runOf(node: string): Run | null {
    return this.runs.find((run) => run.node === node) ?? null;
  }

  percentOf(node: string, host: string | null): number | null {
    return this.#percent.get(partOf(node, host)) ?? null;
  }

  /** Which run a part of the diagram belongs to; null: to none. */
  nodeOf(part: string | null, { nodes }: DiagramModel): { node: string; host: string | null } | null {
    const drawn = nodes.find(({ id }) => id === part);
    if (!drawn) return null;
    if (drawn.kind === 'run') return { node: drawn.id, host: null };
    if (drawn.kind !== 'host' || drawn.parent === undefined) return null;
    return { node: drawn.parent, host: drawn.id.slice(drawn.parent.length + 1) };
  }

  start(): void {
    this.#ends.push(
      live.onRunProgress(({ room, node, host, percent }) => {
        if (room === this.#order.id) this.#percent.set(partOf(node, host), percent);
      }),
      live.onGap(() => this.#readSoon()),
    );
  }

  stop(): void {
    for (const end of this.#ends) end();
    clearTimeout(this.#timer);
    this.#request += 1;
  }

  /** All that happened to the order so far; what is new may concern a run. */
  hear(changes: readonly OrderChange[]): void {
    const fresh = changes.slice(changes.findLastIndex(({ seq }) => seq <= this.#heardUntil) + 1);
    this.#heardUntil = changes.at(-1)?.seq ?? 0;
    let concerns = false;
    for (const event of fresh.flatMap(({ events }) => events)) {
      if (event.event === 'ended' || event.event.startsWith('run_') || event.event === 'host_changed') concerns = true;
      if (event.event === 'run_requested') this.#forget(event.node);
    }
    if (concerns) this.#readSoon();
  }

  /** Another attempt begins at nothing. */
  #forget(node: string): void {
    for (const part of this.#percent.keys()) {
      if (part === node || part.startsWith(`${node}/`)) this.#percent.delete(part);
    }
  }

  #readSoon(): void {
    clearTimeout(this.#timer);
    const apart = this.#readAt + READ_APART_MS - Date.now();
    this.#timer = setTimeout(() => void this.#read(), Math.max(READ_AFTER_MS, apart));
  }

  async #read(): Promise<void> {
    const request = ++this.#request;
    this.#readAt = Date.now();
    try {
      const { runs, rollback } = await api.get<Runs>(`/api/orders/${this.#order.id}/runs`);
      if (request !== this.#request) return;
      this.runs = runs;
      this.targets = rollback.targets;
      this.mayRollBack = rollback.may && rollback.targets.length > 0;
      this.isLoaded = true;
    } catch {
      if (request === this.#request) this.#timer = setTimeout(() => void this.#read(), AGAIN_MS);
    }
  }
}

/** The diagram with how far its parts are, as a bar and in words. */
export function withProgress(model: DiagramModel, progress: ReadonlyMap<string, number>): DiagramModel {
  if (progress.size === 0) return model;
  const nodes = model.nodes.map((node) => {
    const percent = progress.get(node.id);
    if (percent === undefined || node.state !== 'running') return node;
    const words = `${percent}%`;
    // A run on many hosts says itself how many are through.
    const note = node.kind === 'run' && node.note ? node.note : { zh: words, en: words };
    return { ...node, note, progress: percent };
  });
  return { ...model, nodes };
}
