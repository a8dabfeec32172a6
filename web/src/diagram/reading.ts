import type { DiagramLink, DiagramModel, DiagramNode } from './model';

export interface ReadNode {
  node: DiagramNode;
  /** Whether it stands under the node before it: a host of a run node. */
  isInside: boolean;
  next: { link: DiagramLink; node: DiagramNode }[];
}

/** The nodes in the order in which a flow is read: after everything that leads to them, hosts after their node. */
export function inReadingOrder({ nodes, links }: DiagramModel): ReadNode[] {
  const known = new Map(nodes.map((node) => [node.id, node]));
  const outgoing = new Map<string, DiagramLink[]>();
  const waitingFor = new Map<string, number>();
  for (const link of links) {
    if (!known.has(link.from) || !known.has(link.to) || link.from === link.to) continue;
    outgoing.set(link.from, [...(outgoing.get(link.from) ?? []), link]);
    waitingFor.set(link.to, (waitingFor.get(link.to) ?? 0) + 1);
  }
  const inside = new Map<string, DiagramNode[]>();
  for (const node of nodes) {
    if (node.parent === undefined || !known.has(node.parent) || node.parent === node.id) continue;
    if ((outgoing.get(node.id) ?? []).length > 0) continue;
    inside.set(node.parent, [...(inside.get(node.parent) ?? []), node]);
  }

  const order: ReadNode[] = [];
  const taken = new Set<string>();
  const add = (node: DiagramNode, isInside: boolean): void => {
    if (taken.has(node.id)) return;
    taken.add(node.id);
    const next = (outgoing.get(node.id) ?? []).flatMap((link) => {
      const to = known.get(link.to);
      return to === undefined || to.parent === node.id ? [] : { link, node: to };
    });
    order.push({ node, isInside, next });
    for (const host of inside.get(node.id) ?? []) add(host, true);
  };
  const ready = nodes.filter(({ id, parent }) => (waitingFor.get(id) ?? 0) === 0 && (parent === undefined || !known.has(parent)));
  // A loop leaves nodes that always wait for each other: the first of them in the model goes on then.
  for (const start of [...ready, ...nodes]) {
    const queue = taken.has(start.id) || isHost(start, inside) ? [] : [start];
    for (let node = queue.shift(); node !== undefined; node = queue.shift()) {
      add(node, false);
      for (const { to } of outgoing.get(node.id) ?? []) {
        const left = (waitingFor.get(to) ?? 1) - 1;
        waitingFor.set(to, left);
        const target = known.get(to);
        if (left === 0 && target !== undefined && !taken.has(to)) queue.push(target);
      }
    }
  }
  for (const node of nodes) add(node, false);
  return order;
}

function isHost(node: DiagramNode, inside: Map<string, DiagramNode[]>): boolean {
  return node.parent !== undefined && (inside.get(node.parent)?.includes(node) ?? false);
}
