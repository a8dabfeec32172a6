/** One moment of something that is edited; `label` says what made it from the one before. */
export interface Step<State> {
  state: State;
  label: string;
  merge: string | undefined;
}

/** Every state since the beginning, and which of them is shown. States share what did not change, so it has no limit. */
export class History<State> {
  readonly #steps: readonly Step<State>[];
  readonly #at: number;

  private constructor(steps: readonly Step<State>[], at: number) {
    this.#steps = steps;
    this.#at = at;
  }

  static of<State>(state: State): History<State> {
    return new History([{ state, label: '', merge: undefined }], 0);
  }

  get state(): State {
    return this.#step(this.#at).state;
  }

  /** What `undo` would take back, and `redo` would do again; null when there is nothing. */
  get undoes(): string | null {
    return this.#at === 0 ? null : this.#step(this.#at).label;
  }

  get redoes(): string | null {
    return this.#at === this.#steps.length - 1 ? null : this.#step(this.#at + 1).label;
  }

  /** A step forward, after which nothing can be done again. One with the `merge` of the step before takes its place. */
  push(state: State, label: string, merge?: string): History<State> {
    const shown = this.#step(this.#at);
    const isSame = merge !== undefined && this.#at > 0 && this.#at === this.#steps.length - 1 && shown.merge === merge;
    const kept = this.#steps.slice(0, isSame ? this.#at : this.#at + 1);
    return new History([...kept, { state, label, merge }], kept.length);
  }

  /** The next step is one of its own, whatever its `merge`. */
  seal(): History<State> {
    const shown = this.#step(this.#at);
    if (shown.merge === undefined) return this;
    return new History(this.#steps.with(this.#at, { ...shown, merge: undefined }), this.#at);
  }

  undo(): History<State> {
    return this.#at === 0 ? this : new History(this.#steps, this.#at - 1);
  }

  redo(): History<State> {
    return this.#at === this.#steps.length - 1 ? this : new History(this.#steps, this.#at + 1);
  }

  #step(index: number): Step<State> {
    const step = this.#steps[index];
    if (step === undefined) throw new Error('a history shows one of its steps');
    return step;
  }
}
