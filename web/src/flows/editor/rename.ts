import type { Definition, FlowNode, Who } from './definition';
import { pathsOf, tokensOf } from './expressions/tokens';

/** Gives a node another identifier, everywhere that it is named. */
export function renameNode(draft: Definition, from: string, to: string): void {
  for (const node of draft.nodes) {
    if (node.id === from) node.id = to;
    if ('return_to' in node && node.return_to) node.return_to = node.return_to.map((id) => (id === from ? to : id));
  }
  for (const link of draft.links) {
    if (link.from === from) link.from = to;
    if (link.to === from) link.to = to;
  }
  const place = draft.layout?.[from];
  if (draft.layout !== undefined && place !== undefined) {
    draft.layout = Object.fromEntries(Object.entries(draft.layout).map(([id, at]) => [id === from ? to : id, at]));
  }
}

/** A field of the form, or a column of a table. */
export interface FieldPlace {
  field: string;
  column?: string;
}

/** Where else a field is used. `name` is the node, link or field that uses it. */
export interface Use {
  where: 'title' | 'shown_if' | 'when' | 'parameter' | 'access' | 'who' | 'until' | 'place' | 'environment';
  name: string;
}

/** Everything that would have to change if this field were called otherwise. */
export function usesOf(definition: Definition, place: FieldPlace): Use[] {
  const uses: Use[] = [];
  visitUses(structuredClone(definition), place, `${place.column ?? place.field}_`, (use) => uses.push(use));
  return uses;
}

/** Gives a field another identifier; what uses it follows when `withUses` says so. */
export function renameField(draft: Definition, place: FieldPlace, to: string, withUses: boolean): void {
  if (withUses) visitUses(draft, place, to, () => undefined);
  const field = draft.form?.find(({ id }) => id === place.field);
  const renamed = place.column === undefined ? field : field?.columns?.find(({ id }) => id === place.column);
  if (renamed !== undefined) renamed.id = to;
}

/** The expression with the field called otherwise. */
export function renamedIn(source: string, { field, column }: FieldPlace, to: string): string {
  const tokens = tokensOf(source);
  const paths = pathsOf(tokens);
  return tokens
    .map((token) => {
      const path = paths.get(token);
      return path !== undefined && isNamed(path, field, column) ? to : token.text;
    })
    .join('');
}

function isNamed(path: readonly string[], field: string, column: string | undefined): boolean {
  const [first, second, third] = path;
  if (column !== undefined) return (path.length === 2 && first === field && second === column) || (path.length === 3 && first === 'total' && second === field && third === column);
  return (path.length === 1 && first === field) || (path.length === 2 && (first === 'given' || first === 'total') && second === field);
}

function visitUses(draft: Definition, place: FieldPlace, to: string, see: (use: Use) => void): void {
  const expression = (source: string, use: Use): string => {
    const changed = renamedIn(source, place, to);
    if (changed !== source) see(use);
    return changed;
  };
  for (const field of draft.form ?? []) {
    if (field.shown_if) field.shown_if = expression(field.shown_if, { where: 'shown_if', name: field.id });
  }
  for (const link of draft.links) {
    if (link.when) link.when = expression(link.when, { where: 'when', name: `${link.from} → ${link.to}` });
  }
  for (const node of draft.nodes) {
    if (node.kind !== 'run') continue;
    for (const [key, source] of Object.entries(node.parameters ?? {})) {
      node.parameters = { ...node.parameters, [key]: expression(source, { where: 'parameter', name: `${node.id} ${key}` }) };
    }
  }
  if (place.column !== undefined) return;
  const { field } = place;
  if (draft.title?.includes(`{${field}}`)) {
    see({ where: 'title', name: draft.flow });
    draft.title = draft.title.replaceAll(`{${field}}`, `{${to}}`);
  }
  for (const node of draft.nodes) visitNode(node, field, to, see);
}

function visitNode(node: FlowNode, field: string, to: string, see: (use: Use) => void): void {
  const used = (where: Use['where']): string => {
    see({ where, name: node.id });
    return to;
  };
  if ('fields' in node && node.fields && Object.hasOwn(node.fields, field)) {
    const next = used('access');
    node.fields = Object.fromEntries(Object.entries(node.fields).map(([id, access]) => [id === field ? next : id, access]));
  }
  const lists: Who[][] = [];
  if ('who' in node) lists.push(node.who);
  if ('timeouts' in node) lists.push(...(node.timeouts ?? []).flatMap((timeout) => (timeout.to ? [timeout.to] : [])));
  if (node.kind === 'run' && node.releasers) lists.push(node.releasers);
  for (const who of lists.flat()) {
    if (typeof who === 'object' && 'field' in who && who.field === field) who.field = used('who');
  }
  if (node.kind === 'wait' && node.until === field) node.until = used('until');
  if (node.kind === 'run') {
    if (typeof node.on === 'object' && 'field' in node.on && node.on.field === field) node.on.field = used('place');
    if (typeof node.environment === 'object' && node.environment?.field === field) node.environment.field = used('environment');
  }
}
