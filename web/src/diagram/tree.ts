import { gaps, type Area, type Arrangement, type LayoutLink, type LayoutNode } from './geometry';

/** How far a subtree reaches across at each depth, counted from its own root. */
interface Contour {
  low: number[];
  high: number[];
}

interface Branch {
  node: LayoutNode;
  depth: number;
  children: Branch[];
  /** Across, relative to the parent. */
  offset: number;
  contour: Contour;
}

/**
 * A tidy tree (Reingold and Tilford): children stand as near to each other as their subtrees allow,
 * parents in the middle of their children, and each depth is one rank. A node's parent is its
 * `parent`, else where its first link comes from; several roots stand side by side.
 */
export function arrangeAsTree(nodes: readonly LayoutNode[], links: readonly LayoutLink[]): Arrangement {
  const roots = branchesOf(nodes, links);
  const ranks: { length: number; label: number }[] = [];
  const labels = new Map<string, number>();
  for (const { to, label } of links) labels.set(to, Math.max(labels.get(to) ?? 0, label));
  for (const branch of everyBranch(roots)) {
    const rank = (ranks[branch.depth] ??= { length: 0, label: 0 });
    rank.length = Math.max(rank.length, branch.node.length);
    rank.label = Math.max(rank.label, labels.get(branch.node.id) ?? 0);
  }
  const middles: number[] = [];
  let main = 0;
  for (const [depth, { length, label }] of ranks.entries()) {
    main += depth === 0 ? 0 : gaps.rank + label;
    middles.push(main + length / 2);
    main += length;
  }

  // Children are in front of their parents when the list is read backwards, however deep the tree is.
  for (const branch of everyBranch(roots).reverse()) spread(branch);
  const trunk: Branch = { node: { id: '', length: 0, breadth: 0 }, depth: -1, children: roots, offset: 0, contour: { low: [], high: [] } };
  spread(trunk);

  const areas = new Map<string, Area>();
  const waiting = roots.map((branch) => ({ branch, cross: branch.offset }));
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { branch, cross } = next;
    const { id, length, breadth } = branch.node;
    areas.set(id, { main: middles[branch.depth] ?? 0, cross, length, breadth });
    for (const child of branch.children) waiting.push({ branch: child, cross: cross + child.offset });
  }
  return { areas, vias: new Map() };
}

function branchesOf(nodes: readonly LayoutNode[], links: readonly LayoutLink[]): Branch[] {
  const branches = new Map<string, Branch>();
  for (const node of nodes) {
    branches.set(node.id, { node, depth: 0, children: [], offset: 0, contour: { low: [], high: [] } });
  }
  const parents = new Map<string, string>();
  for (const { id, parent } of nodes) if (parent !== undefined && branches.has(parent)) parents.set(id, parent);
  for (const { from, to } of links) if (!parents.has(to) && from !== to) parents.set(to, from);
  const roots: Branch[] = [];
  for (const [id, branch] of branches) {
    const parent = branches.get(parents.get(id) ?? '');
    if (parent === undefined || leadsTo(id, parent.node.id, parents)) {
      parents.delete(id);
      roots.push(branch);
    } else {
      parent.children.push(branch);
    }
  }
  const waiting = [...roots];
  for (let branch = waiting.pop(); branch !== undefined; branch = waiting.pop()) {
    for (const child of branch.children) {
      child.depth = branch.depth + 1;
      waiting.push(child);
    }
  }
  return roots;
}

/** Whether the way up from a node comes past this one: a loop, which a tree has to cut. */
function leadsTo(wanted: string, from: string, parents: Map<string, string>): boolean {
  const seen = new Set<string>();
  for (let id: string | undefined = from; id !== undefined && !seen.has(id); id = parents.get(id)) {
    if (id === wanted) return true;
    seen.add(id);
  }
  return false;
}

function everyBranch(roots: readonly Branch[]): Branch[] {
  const all = [...roots];
  for (let index = 0; index < all.length; index += 1) all.push(...(all[index]?.children ?? []));
  return all;
}

/** Places the children of a branch across, and gives the branch the contour of them all. */
function spread(branch: Branch): void {
  const joined: Contour = { low: [], high: [] };
  for (const child of branch.children) {
    let offset = 0;
    for (const [depth, low] of child.contour.low.entries()) {
      const high = joined.high[depth];
      if (high !== undefined) offset = Math.max(offset, high + gaps.node - low);
    }
    if (joined.high.length === 0) offset = 0;
    child.offset = offset;
    for (const [depth, low] of child.contour.low.entries()) {
      joined.low[depth] ??= low + offset;
      joined.high[depth] = (child.contour.high[depth] ?? 0) + offset;
    }
  }
  const first = branch.children[0];
  const last = branch.children.at(-1);
  const middle = first === undefined || last === undefined ? 0 : (first.offset + last.offset) / 2;
  for (const child of branch.children) child.offset -= middle;
  const half = branch.node.breadth / 2;
  branch.contour = {
    low: [-half, ...joined.low.map((low) => low - middle)],
    high: [half, ...joined.high.map((high) => high - middle)],
  };
}
