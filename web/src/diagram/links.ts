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
