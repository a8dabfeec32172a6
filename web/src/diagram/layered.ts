import { Graph, layout } from '@dagrejs/dagre';
import { gaps, type Area, type Arrangement, type LayoutLink, type LayoutNode, type Spot } from './geometry';

/** Above this the exact ranking takes longer than a person likes to wait; the quick one is a little wider. */
const EXACT_NODES = 250;

/** Ranks by the longest way from the start; links of a loop that lead back do not count. */
export function arrangeInLayers(nodes: readonly LayoutNode[], links: readonly LayoutLink[]): Arrangement {
  if (links.length === 0) return inOneLine(nodes);
  const graph = new Graph({ multigraph: true });
  graph.setGraph({
    rankdir: 'LR',
    nodesep: gaps.node,
    edgesep: gaps.node / 2,
    ranksep: gaps.rank,
    ranker: nodes.length > EXACT_NODES ? 'longest-path' : 'network-simplex',
  });
  for (const { id, length, breadth } of nodes) graph.setNode(id, { width: length, height: breadth });
  for (const { id, from, to, label } of links) {
    if (from !== to) graph.setEdge(from, to, { width: label, height: label > 0 ? 14 : 0, labelpos: 'c' }, id);
  }
  layout(graph);

  const areas = new Map<string, Area>();
  for (const { id, length, breadth } of nodes) {
    const { x = 0, y = 0 } = graph.node(id) as { x?: number; y?: number };
    areas.set(id, { main: x, cross: y, length, breadth });
  }
  const vias = new Map<string, Spot[]>();
  for (const { id, from, to } of links) {
    if (from === to) continue;
    const edge = graph.edge(from, to, id) as { points?: { x: number; y: number }[] } | undefined;
    // The first and the last point are on the ends themselves.
    const points = edge?.points?.slice(1, -1) ?? [];
    vias.set(id, points.map(({ x, y }) => ({ main: x, cross: y })));
  }
  return { areas, vias };
}

/** Nodes that nothing connects stand side by side, not in one rank on top of each other. */
function inOneLine(nodes: readonly LayoutNode[]): Arrangement {
  const areas = new Map<string, Area>();
  let main = 0;
  for (const { id, length, breadth } of nodes) {
    areas.set(id, { main: main + length / 2, cross: 0, length, breadth });
    main += length + gaps.node;
  }
  return { areas, vias: new Map() };
}
