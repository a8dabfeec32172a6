import type { FlowModel } from '../model.svelte';
import { readYaml, type TextProblem } from './document';

/** What is typed and is no flow yet, by model: so that it is still there after a look at another tab. */
const unread = new WeakMap<FlowModel, string>();
const restMs = 450;

/** The text while somebody types: it becomes a step of the model whenever the typing rests and it can be read. */
export class TextEntry {
  /** What was typed since; null: the text is the model's. */
  typed = $state<string | null>(null);
  readonly #model: FlowModel;
  readonly #label: () => string;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(model: FlowModel, label: () => string) {
    this.#model = model;
    this.#label = label;
    this.typed = unread.get(model) ?? null;
  }

  get text(): string {
    return this.typed ?? this.#model.yaml;
  }

  /** Why the text can not be read; empty when it can. */
  readonly problems: readonly TextProblem[] = $derived(this.typed === null ? [] : readYaml(this.typed).problems);

  type(text: string): void {
    this.typed = text;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.take(), restMs);
  }

  /** Gives the model what was typed, if it is a flow. */
  take(): void {
    clearTimeout(this.#timer);
    const { typed } = this;
    if (typed === null) return;
    const { definition } = readYaml(typed);
    if (definition === null) {
      unread.set(this.#model, typed);
      return;
    }
    this.#model.write(this.#label(), typed, definition);
    this.discard();
  }

  /** Back to the text of the model. */
  discard(): void {
    clearTimeout(this.#timer);
    unread.delete(this.#model);
    this.typed = null;
  }
}
