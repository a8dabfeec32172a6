import { isMap, isSeq, LineCounter, parseDocument } from 'yaml';
import type { FlowProblem } from '../../types';

/** The lines at which the parts of a flow begin in its text, from 1. */
export interface Places {
  nodes: ReadonlyMap<string, number>;
  fields: ReadonlyMap<string, number>;
  links: readonly (number | null)[];
}

export function placesIn(text: string): Places {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const lineOf = (node: unknown): number | null => {
    const range = (node as { range?: [number, number, number] | null } | null)?.range;
    return range ? Math.max(1, lines.linePos(range[0]).line) : null;
  };
  const itemsOf = (list: unknown): readonly unknown[] => (isSeq(list) ? list.items : []);
  const named = (list: unknown, named: Map<string, number>): Map<string, number> => {
    for (const item of itemsOf(list)) {
      const line = lineOf(item);
      if (!isMap(item) || line === null) continue;
      named.set(String(item.get('id')), line);
      const columns: unknown = item.get('columns', true);
      for (const column of itemsOf(columns)) {
        const id = isMap(column) ? String(column.get('id')) : '';
        if (!named.has(id)) named.set(id, lineOf(column) ?? line);
      }
    }
    return named;
  };
  return {
    nodes: named(document.get('nodes', true), new Map()),
    fields: named(document.get('form', true), new Map()),
    links: itemsOf(document.get('links', true)).map(lineOf),
  };
}

/** Where a problem stands: at the line that the server names, else at its link, its node or its field. */
export function lineOfProblem({ line, link, node, field }: FlowProblem, places: Places): number | null {
  if (line !== null) return line;
  if (link !== null) return places.links[link] ?? null;
  return places.nodes.get(node ?? '') ?? places.fields.get(field ?? '') ?? null;
}
