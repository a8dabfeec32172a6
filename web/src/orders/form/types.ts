import type { Words } from '../../i18n/words';

export type FieldType =
  | 'text'
  | 'long_text'
  | 'number'
  | 'money'
  | 'date'
  | 'choice'
  | 'choices'
  | 'person'
  | 'group'
  | 'file'
  | 'table';

export interface Choice {
  value: string;
  label: Words;
}

/** One field of a form, or one column of a table, as the flow says it; crates/flow/src/form has the meaning of each. */
export interface Field {
  id: string;
  label: Words;
  type: FieldType;
  help?: Words;
  required?: boolean;
  /** The smallest number or amount; the fewest characters, options, files or rows. */
  min?: number | null;
  max?: number | null;
  whole?: boolean;
  time?: boolean;
  options?: Choice[];
  columns?: Field[];
  shown_if?: string | null;
}

/**
 * What was filled in. A field without a value is absent, never null. While somebody types, a value may be of a wrong
 * type: a number that is none yet is kept as the text that was typed.
 */
export interface Values {
  [field: string]: Value;
}

export type Value = string | number | readonly string[] | readonly Values[];

export type Access = 'hidden' | 'read' | 'write';

/** One thing that is wrong with the values. The path is `days`, or `items[2].price` for a cell of a table. */
export interface FieldProblem {
  path: string;
  code: string;
  /** The limit that was passed, if there is one. */
  limit?: number;
  /** The server's sentence, for codes that this client does not know. */
  message?: string;
}
