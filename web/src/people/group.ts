import type { components } from '../api/schema';

/** People who are named together, for example as the approvers of a flow. Flows call it by its `name`: `finance`. */
export type Group = components['schemas']['Group'];

const nameAtMost = 32;

/** What flows may call a group by that is titled so: `Finance & Tax` becomes `finance-tax`. */
export function nameFor(title: string): string {
  const plain = title.normalize('NFKD').replaceAll(/\p{M}/gu, '').normalize('NFC').toLowerCase();
  const words = plain.match(/[\p{L}\p{N}]+/gu) ?? [];
  return [...words.join('-')].slice(0, nameAtMost).join('').replace(/-+$/, '');
}

/** Letters, digits, dots, dashes and underscores; a letter or a digit first. The server makes capitals small. */
export function isName(name: string): boolean {
  return /^[\p{L}\p{N}][\p{L}\p{N}._-]*$/u.test(name) && [...name].length <= nameAtMost;
}
