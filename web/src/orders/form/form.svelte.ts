import { tick } from 'svelte';
import { SvelteSet } from 'svelte/reactivity';
import type { FieldError } from '../../api/types';
import { check } from './check';
import { namesIn } from './expression';
import { fieldOfPath, movedPaths, pathOfServerField } from './path';
import type { Access, Field, FieldProblem, Value, Values } from './types';
import { sentenceOf } from './words';

interface FormOptions {
  fields: readonly Field[];
  values?: Values;
  /** What this person may do with each field; left out: everything can be changed. */
  access?: Readonly<Record<string, Access>>;
  /** Fields that this person may not see. */
  hidden?: readonly string[];
}

/**
 * One form while somebody fills it in: the values, which fields show, and what is wrong where.
 * A problem appears when its field was left, or when somebody tried to send the form; from then on it follows the typing.
 */
export class OrderFormState {
  fields = $state.raw<readonly Field[]>([]);
  values = $state.raw<Values>({});
  /** Files that are still on their way. */
  uploading = $state(0);
  /** The element around the fields, set by `OrderForm`. */
  root: HTMLElement | null = null;
  #access = $state.raw<Readonly<Record<string, Access>> | null>(null);
  #hidden = $state.raw<readonly string[]>([]);
  #wasTried = $state(false);
  #fromServer = $state.raw<readonly FieldProblem[]>([]);
  #foreseen = $state.raw<readonly FieldProblem[]>([]);
  readonly #left = new SvelteSet<string>();

  constructor(options: FormOptions) {
    this.replace(options);
  }

  readonly #checked = $derived(check(this.fields, this.values));

  /** The fields that are there now, in order. */
  readonly shown: readonly Field[] = $derived(
    this.fields.filter((field) => this.accessOf(field.id) !== 'hidden' && this.#isShown(field)),
  );

  /** Everything that is wrong with what this person may change. */
  readonly problems: readonly FieldProblem[] = $derived(
    this.#checked.problems.filter(({ path }) => this.accessOf(fieldOfPath(path)) === 'write'),
  );

  get isValid(): boolean {
    return this.problems.length === 0;
  }

  accessOf(field: string): Access {
    if (this.#hidden.includes(field)) return 'hidden';
    return this.#access === null ? 'write' : (this.#access[field] ?? 'read');
  }

  /** Begins anew, for example because somebody else changed the form. */
  replace({ fields, values = {}, access, hidden = [] }: FormOptions): void {
    this.fields = fields;
    this.values = values;
    this.#access = access ?? null;
    this.#hidden = hidden;
    this.#wasTried = false;
    this.#fromServer = [];
    this.#foreseen = [];
    this.#left.clear();
  }

  /** Undefined: nothing is filled in. `path` is what was touched, for a cell more than the field. */
  set(field: string, value: Value | undefined, path: string = field): void {
    if (value === undefined) this.values = Object.fromEntries(Object.entries(this.values).filter(([id]) => id !== field));
    else this.values = { ...this.values, [field]: value };
    this.#fromServer = this.#fromServer.filter((problem) => problem.path !== path);
    this.#foreseen = this.#foreseen.filter((problem) => problem.path !== path);
  }

  /** The rows of a table stand elsewhere now: what was said about a cell goes with its row. */
  moveRows(table: string, place: (row: number) => number | null): void {
    const left = movedPaths(this.#left, table, place);
    this.#left.clear();
    for (const path of left) this.#left.add(path);
    this.#fromServer = this.#fromServer.flatMap((problem) =>
      movedPaths([problem.path], table, place).map((path) => ({ ...problem, path })),
    );
  }

  leave(path: string): void {
    this.#left.add(path);
  }

  /** The sentence next to this field or cell; undefined when there is nothing to say yet. */
  errorAt(path: string): string | undefined {
    const refused = [...this.#fromServer, ...this.#foreseen].find((problem) => problem.path === path);
    if (refused !== undefined) return sentenceOf(refused, this.fields);
    if (!this.#wasTried && !this.#left.has(path)) return undefined;
    const problem = this.problems.find((problem) => problem.path === path);
    return problem && sentenceOf(problem, this.fields);
  }

  /** Shows everything that is wrong, and goes to the first of it. True when nothing is. */
  validate(): boolean {
    this.#wasTried = true;
    if (this.isValid) return true;
    void this.focusFirstProblem();
    return false;
  }

  /**
   * Takes over what the server refused. True when some of it stands next to a field now; the rest is for a banner.
   */
  refuse(errors: readonly FieldError[] | null | undefined): boolean {
    this.#fromServer = besideFields(errors);
    if (this.#fromServer.length === 0) return false;
    void this.focusFirstProblem();
    return true;
  }

  /** What the server would refuse if the form were sent now. It is shown at once, and takes nobody away from where they write. */
  foresee(errors: readonly FieldError[] | null | undefined): void {
    this.#foreseen = besideFields(errors);
  }

  /** What depends on a field that this person may not see is shown: only the server knows whether it applies. */
  #isShown({ id, shown_if: condition }: Field): boolean {
    if (this.#checked.shown.has(id)) return true;
    if (this.#hidden.length === 0 || !condition) return false;
    const names = namesIn(condition);
    return this.#hidden.some((hidden) => names.has(hidden));
  }

  async focusFirstProblem(): Promise<void> {
    await tick();
    const first = this.root?.querySelector<HTMLElement>('[aria-invalid="true"], [data-problem]');
    const control = first?.matches('[data-problem]') ? first.querySelector<HTMLElement>('input, select, button, textarea') : first;
    control?.focus({ preventScroll: true });
    first?.scrollIntoView({ block: 'center' });
  }
}

function besideFields(errors: readonly FieldError[] | null | undefined): FieldProblem[] {
  return (errors ?? []).flatMap(({ field, code, message }) => {
    const path = pathOfServerField(field);
    return path === null ? [] : [{ path, code, message }];
  });
}
