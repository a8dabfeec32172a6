import type { DiagramLink, DiagramModel, DiagramNode } from './model';
import { linkStateBefore } from './states';

export function impliedId({ id, parent }: DiagramNode): string {
  return `${parent ?? ''} → ${id}`;
}

/** The line from a node's `parent` to it, in the state that the node's own tells. */
export function impliedLink(node: DiagramNode): DiagramLink {
  return { id: impliedId(node), from: node.parent ?? '', to: node.id, state: linkStateBefore(node.state) };
}

/** The links, and one from each node's `parent` to it where there is none yet. */
export function withImplied({ nodes, links }: DiagramModel): DiagramLink[] {
  const known = new Set(nodes.map(({ id }) => id));
  const connected = new Set(links.map(({ from, to }) => JSON.stringify([from, to])));
  const implied = nodes.filter(
    ({ id, parent }) => parent !== undefined && known.has(parent) && !connected.has(JSON.stringify([parent, id])),
  );
  return [...links, ...implied.map(impliedLink)];
}

/** Whether a link leaves, or arrives, together with others. */
export interface Shares {
  start: boolean;
  end: boolean;
}

type Ends = Pick<DiagramLink, 'from' | 'to'>;

export function sharesOf(links: readonly Ends[]): (link: Ends) => Shares {
  const leaving = countsOf(links.map(({ from }) => from));
  const arriving = countsOf(links.map(({ to }) => to));
  return ({ from, to }) => ({ start: (leaving.get(from) ?? 0) > 1, end: (arriving.get(to) ?? 0) > 1 });
}

function countsOf(ids: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const id of ids) counts.set(id, (counts.get(id) ?? 0) + 1);
  return counts;
}
