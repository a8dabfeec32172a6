import type { components } from '../../api/schema';
import type { Words } from '../../i18n/words';
import type { Field } from '../../orders/form/types';

type Schemas = components['schemas'];

/** Where nodes stand when somebody moved them; nodes that are not named are laid out by the page. */
export type Layout = Record<string, [number, number]>;

/** One version of a flow; crates/flow/src/definition has the meaning of every key. Left out is as good as the default. */
export interface Definition {
  flow: string;
  name: Words;
  description?: Words;
  title?: string | null;
  form?: Field[];
  nodes: FlowNode[];
  links: FlowLink[];
  rules?: Partial<Rules>;
  layout?: Layout;
}

export type Rules = Schemas['Rules'];
/** As the schema has it, but in a form that can be written down: there, an end that has a name is no end any more. */
export type FlowNode =
  | Named<'start', Schemas['Start']>
  | Named<'end'>
  | Named<'approve', Schemas['Approve']>
  | Named<'handle', Schemas['Handle']>
  | Named<'condition'>
  | Named<'fork'>
  | Named<'join'>
  | Named<'run', Schemas['Run']>
  | Named<'cc', Schemas['Cc']>
  | Named<'wait', Schemas['Wait']>;
type Named<Kind extends string, Keys = unknown> = { id: string; name: Words; kind: Kind } & Keys;
export type FlowLink = Schemas['Link'];
export type NodeKind = FlowNode['kind'];
export type Who = Schemas['Who'];
export type VoteRule = Schemas['VoteRule'];
export type Access = Schemas['Access'];
export type Timeout = Schemas['Timeout'];
export type Place = Schemas['Place'];
export type Batches = Schemas['Batches'];
export type NodeOf<Kind extends NodeKind> = Extract<FlowNode, { kind: Kind }>;

/** The nodes at which people work with the form. */
export type PeopleNode = NodeOf<'approve' | 'handle'>;

export const nodeKinds: readonly NodeKind[] = [
  'start',
  'end',
  'approve',
  'handle',
  'condition',
  'fork',
  'join',
  'run',
  'cc',
  'wait',
];

/** Small letters, digits, `_` and `-`, beginning with a letter; `requester` stands for a person in moves. */
export function isNodeId(text: string): boolean {
  return /^[a-z][a-z0-9_-]{0,63}$/.test(text) && text !== 'requester';
}

const reserved = ['given', 'total', 'requester', 'true', 'false', 'null', 'in'];

/** What an expression can name: small letters, digits and `_`, beginning with a letter. */
export function isFieldId(text: string): boolean {
  return /^[a-z][a-z0-9_]{0,63}$/.test(text) && !reserved.includes(text);
}

/** A name that every shell takes. */
export function isVariable(text: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]{0,63}$/.test(text);
}

/** `wanted`, or with a number behind it when somebody has that already. */
export function freeId(wanted: string, taken: ReadonlySet<string>): string {
  if (!taken.has(wanted)) return wanted;
  let number = 2;
  while (taken.has(`${wanted}_${number}`)) number += 1;
  return `${wanted}_${number}`;
}

/** The text that names a link in a selection. */
export function linkKey(definition: Definition, index: number): string {
  const link = definition.links[index];
  return link === undefined ? '' : `${link.from}→${link.to}#${index}`;
}

/** The index of the link that a selection names; null when it is no link, or gone. */
export function linkOfKey(definition: Definition, key: string): number | null {
  const match = /^(.*)→(.*)#(\d+)$/.exec(key);
  const index = Number(match?.[3] ?? -1);
  const link = definition.links[index];
  return match !== null && link !== undefined && link.from === match[1] && link.to === match[2] ? index : null;
}
