import { Listeners } from '../../live/listeners';
import { Publishing } from '../publishing.svelte';
import type { FlowProblem } from '../types';
import { linkOfKey, type Definition } from './definition';
import { History } from './history';
import { share } from './sharing';
import { yamlOf } from './text/document';

/** A moment of the flow: what it is, and the text that a person wrote last, whose comments and order are kept. */
interface Moment {
  definition: Definition;
  written: string;
}

/** What happened last, for those who do not see the canvas. The number tells two equal ones apart. */
export interface Happening {
  kind: 'edit' | 'undo' | 'redo';
  label: string;
  number: number;
}

/** The flow that is being edited: one model for the canvas, the properties, the form and the text. */
export class FlowModel {
  #history: History<Moment> = $state.raw() as History<Moment>;
  /** Node ids and link keys, `from→to#index`. */
  selection = $state.raw<readonly string[]>([]);
  /** The last thing that was done; null before the first. */
  happened = $state.raw<Happening | null>(null);
  /** The text on its way: checked by the server whenever the editing rests. */
  readonly publishing = new Publishing();
  readonly #listeners = new Listeners<void>();
  readonly #moment = $derived(this.#history.state);
  /** The flow as text; what a person wrote stays as it was written as far as it still holds. */
  readonly yaml: string = $derived(yamlOf(this.#moment.definition, this.#moment.written));

  constructor(definition: Definition, written = '') {
    this.#history = History.of({ definition, written });
    this.publishing.begin(this.yaml);
  }

  /** Immutable: parts that are the same object did not change. */
  get definition(): Definition {
    return this.#moment.definition;
  }

  get canUndo(): boolean {
    return this.#history.undoes !== null;
  }

  get canRedo(): boolean {
    return this.#history.redoes !== null;
  }

  /** What the next undo takes back, in words; null when there is nothing. */
  get undoes(): string | null {
    return this.#history.undoes;
  }

  get redoes(): string | null {
    return this.#history.redoes;
  }

  /** What the server finds wrong with it; it follows the editing after a moment. */
  get problems(): readonly FlowProblem[] {
    return this.publishing.problems;
  }

  /**
   * One undo step: `change` gets a copy that it may alter at will. `label` says in the reader's words what it does.
   * Steps with the same `merge` in a row become one, for example while somebody types.
   */
  edit(label: string, change: (draft: Definition) => void, merge?: string): void {
    const { definition, written } = this.#moment;
    const draft = structuredClone(definition);
    change(draft);
    // What a component put in may be one of its proxies.
    const next = share(definition, $state.snapshot(draft) as Definition);
    if (next !== definition) this.#push({ definition: next, written }, label, merge);
  }

  /** One undo step: the text as somebody wrote it, and the flow that it says. */
  write(label: string, written: string, definition: Definition, merge?: string): void {
    const before = this.#moment;
    if (before.written === written && before.definition === definition) return;
    this.#push({ definition: share(before.definition, definition), written }, label, merge);
  }

  /** Takes over a flow from elsewhere; nothing before it can be undone. */
  replace(definition: Definition, written: string): void {
    this.#history = History.of({ definition, written });
    this.#changed();
  }

  undo(): void {
    if (this.#history.undoes === null) return;
    this.#tell('undo', this.#history.undoes);
    this.#history = this.#history.undo();
    this.#changed();
  }

  redo(): void {
    if (this.#history.redoes === null) return;
    this.#tell('redo', this.#history.redoes);
    this.#history = this.#history.redo();
    this.#changed();
  }

  /** The next step does not become one with the last, whatever its `merge`: for example when a field is left. */
  seal(): void {
    this.#history = this.#history.seal();
  }

  select(keys: readonly string[]): void {
    const isSame = keys.length === this.selection.length && keys.every((key, index) => key === this.selection[index]);
    if (!isSame) this.selection = keys;
  }

  /** Calls `listener` after each change, until the answer of this is called. */
  onchange(listener: () => void): () => void {
    return this.#listeners.add(listener);
  }

  /** Nothing is checked any more. */
  stop(): void {
    this.publishing.stop();
  }

  #push(moment: Moment, label: string, merge: string | undefined): void {
    this.#history = this.#history.push(moment, label, merge);
    this.#tell('edit', label);
    this.#changed();
  }

  #tell(kind: Happening['kind'], label: string): void {
    this.happened = { kind, label, number: (this.happened?.number ?? 0) + 1 };
  }

  #changed(): void {
    const { definition } = this;
    this.select(this.selection.filter((key) => definition.nodes.some(({ id }) => id === key) || linkOfKey(definition, key) !== null));
    this.publishing.yaml = this.yaml;
    this.publishing.changed();
    this.#listeners.tell();
  }
}
