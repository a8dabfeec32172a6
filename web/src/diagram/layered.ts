import { Graph, layout } from '@dagrejs/dagre';
import { gaps, type Area, type Arrangement, type LayoutLink, type LayoutNode, type Spot } from './geometry';

/** Above this the exact ranking takes longer than a person likes to wait; the quick one is a little wider. */
const EXACT_NODES = 250;

/** Ranks by the longest way from the start; links of a loop that lead back do not count. */
export function arrangeInLayers(nodes: readonly LayoutNode[], links: readonly LayoutLink[]): Arrangement {
  const backward = backwardLinks(nodes, links);
  if (backward.size === links.length) return inOneLine(nodes);
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
    if (!backward.has(id)) graph.setEdge(from, to, { width: label, height: label > 0 ? 14 : 0, labelpos: 'c' }, id);
  }
  layout(graph);

  const areas = new Map<string, Area>();
  for (const { id, length, breadth } of nodes) {
    const { x = 0, y = 0 } = graph.node(id) as { x?: number; y?: number };
    areas.set(id, { main: x, cross: y, length, breadth });
  }
  const vias = new Map<string, Spot[]>();
  for (const { id, from, to } of links) {
    if (backward.has(id)) continue;
    const edge = graph.edge(from, to, id) as { points?: { x: number; y: number }[] } | undefined;
    // The first and the last point are on the ends themselves.
    const points = edge?.points?.slice(1, -1) ?? [];
    vias.set(id, points.map(({ x, y }) => ({ main: x, cross: y })));
  }
  return inOrderOf(links, { areas, vias });
}

/** Links that close a loop. They run around the ranks, and nothing has to make room for them. */
function backwardLinks(nodes: readonly LayoutNode[], links: readonly LayoutLink[]): Set<string> {
  const outgoing = new Map<string, LayoutLink[]>();
  for (const link of links) outgoing.set(link.from, [...(outgoing.get(link.from) ?? []), link]);
  const entered = new Set(links.map(({ to }) => to));
  const starts = [...nodes.filter(({ id }) => !entered.has(id)), ...nodes];
  const backward = new Set<string>();
  const open = new Set<string>();
  const seen = new Set<string>();
  for (const { id: start } of starts) {
    // The way from the start to here, each with the links that are still to be followed.
    const way: { id: string; links: LayoutLink[] }[] = [];
    const enter = (id: string): void => {
      seen.add(id);
      open.add(id);
      way.push({ id, links: [...(outgoing.get(id) ?? [])] });
    };
    if (!seen.has(start)) enter(start);
    for (let here = way.at(-1); here !== undefined; here = way.at(-1)) {
      const link = here.links.shift();
      if (link === undefined) {
        open.delete(here.id);
        way.pop();
      } else if (open.has(link.to)) {
        backward.add(link.id);
      } else if (!seen.has(link.to)) {
        enter(link.to);
      }
    }
  }
  return backward;
}

/** Branches stand in the order of the model; the layout often has them the other way round. */
function inOrderOf(links: readonly LayoutLink[], arrangement: Arrangement): Arrangement {
  const last = new Map<string, Area>();
  let balance = 0;
  for (const { from, to } of links) {
    const area = arrangement.areas.get(to);
    const before = last.get(from);
    if (area === undefined) continue;
    if (before !== undefined && Math.abs(before.main - area.main) < 1) balance += Math.sign(area.cross - before.cross);
    last.set(from, area);
  }
  if (balance >= 0) return arrangement;
  const turned = <Place extends Spot>(place: Place): Place => ({ ...place, cross: -place.cross });
  return {
    areas: new Map([...arrangement.areas].map(([id, area]) => [id, turned(area)])),
    vias: new Map([...arrangement.vias].map(([id, spots]) => [id, spots.map(turned)])),
  };
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
