import { getContext, setContext } from 'svelte';

/** What controls deep in a form need beside their value. */
export interface FormContext {
  /** The order's room, which files are uploaded to; null: there is none, and no file can be added. */
  readonly room: number | null;
  uploadBegan(): void;
  uploadEnded(): void;
}

const key = Symbol('form');

export function provideForm(context: FormContext): void {
  setContext(key, context);
}

export function formContext(): FormContext {
  return getContext<FormContext>(key);
}
