import { createContext } from 'svelte';
import type { ApiProblem } from '../../api/client';
import { asProblem } from '../../api/client';
import { Releases } from '../../releases/releases.svelte';
import { foldRuns } from '../../releases/telling';
import { toasts } from '../../ui/toasts.svelte';
import { t } from './messages';
import { moveOf } from './moves';
import type { Order } from './order.svelte';
import { Replay } from './replay.svelte';
import { bySeq, type ToldLine } from './timeline';
import type { LegalMove, Move, MoveName, Task, Values } from './types';

/** What the request of an order does for a decision while it can be changed. */
export interface EditableForm {
  /** Shows what is wrong, if something is. */
  isValid(): boolean;
  /** What is to be sent with this move; null: nothing was changed. */
  valuesFor(move: MoveName): Values | null;
  refuse(problem: ApiProblem): void;
}

/** One open order: what the parts of its page share. */
export class Desk {
  readonly order: Order;
  readonly replay: Replay;
  readonly releases: Releases;
  /** The move that a dialog asks more about. */
  asked = $state.raw<LegalMove | null>(null);
  /** The node whose tasks are shown. */
  node = $state<string | null>(null);
  /** A remark that goes with an approval, or begins the reason of a refusal. */
  remark = $state('');
  /** What is asked stands as buttons under the panes, where the thumb is. */
  hasThumbBar = $state(false);
  /** A decision is on its way. */
  isBusy = $state(false);
  /** Why the last one was refused. */
  problem = $state.raw<ApiProblem | null>(null);
  /** The form, while I can change it. */
  form: EditableForm | null = null;

  constructor(order: Order) {
    this.order = order;
    this.replay = new Replay(order);
    this.releases = new Releases(order);
  }

  /** What has happened up to the shown moment; what many hosts did stands in one line. */
  readonly told: readonly ToldLine[] = $derived.by(() =>
    foldRuns(this.replay.changes.flatMap((change) => this.order.linesOf(change).map((line) => ({ ...line, seq: change.seq, at: change.at })))),
  );
  readonly #toldAt = $derived(bySeq(this.told));

  toldAt(seq: number): readonly ToldLine[] {
    return this.#toldAt.get(seq) ?? [];
  }

  /** The run whose output is open, and the host that was pointed at. */
  get run(): { node: string; host: string | null } | null {
    return this.releases.nodeOf(this.node, this.order.diagram);
  }

  /** Somebody can see that I am about to decide. */
  get isDeciding(): boolean {
    return this.asked !== null || this.remark.trim() !== '';
  }

  /** Whether decisions can be made: they are made now, never in the past. */
  get mayDecide(): boolean {
    return !this.replay.isOn;
  }

  /** Makes the move, or opens the dialog that it needs. */
  async choose(move: LegalMove): Promise<void> {
    if (!this.mayDecide || this.isBusy) return;
    this.problem = null;
    const takesForm = move.move === 'approve' || move.move === 'handle' || move.move === 'resubmit';
    if (takesForm && this.form?.isValid() === false) return;
    const form = takesForm ? (this.form?.valuesFor(move.move) ?? null) : null;
    const complete = moveOf(move, { words: this.remark.trim(), form });
    if (complete === null) this.asked = move;
    else await this.make(complete);
  }

  /** True when it went through. */
  async make(move: Move): Promise<boolean> {
    if (this.isBusy || !this.mayDecide) return false;
    this.isBusy = true;
    this.problem = null;
    try {
      await this.order.decide(move);
      this.remark = '';
      this.asked = null;
      if (move.move === 'nudge') toasts.ok(t('nudged'));
      return true;
    } catch (cause) {
      this.problem = asProblem(cause);
      this.form?.refuse(this.problem);
      return false;
    } finally {
      this.isBusy = false;
    }
  }

  close(): void {
    this.asked = null;
    this.problem = null;
  }

  /** Whether this is still asked: somebody else may have decided meanwhile. */
  isLegal({ move, task, node }: LegalMove): boolean {
    return this.order.moves.some(
      (other) => other.move === move && (other.task ?? null) === (task ?? null) && (other.node ?? null) === (node ?? null),
    );
  }

  /** The task that a move is about. */
  taskOf({ task }: LegalMove): Task | undefined {
    return task ? this.order.task(task) : undefined;
  }
}

export const [getDesk, setDesk] = createContext<Desk>();
