import type { DiagramLink, DiagramNode } from './model';
import type { NodeSize } from './sizing';
import { LinkView, NodeView } from './views.svelte';

/**
 * The views by id. The maps themselves are not reactive: who draws lists the views, and each view
 * says by itself what changed in it.
 */
export class Collection {
  readonly nodes = new Map<string, NodeView>();
  readonly links = new Map<string, LinkView>();

  /** Makes the views those of these nodes and links; what was there keeps its view. */
  renew(nodes: readonly DiagramNode[], sizes: readonly NodeSize[], links: readonly DiagramLink[]): void {
    keepOnly(this.nodes, nodes);
    for (const [index, node] of nodes.entries()) {
      const size = sizes[index];
      if (size === undefined) continue;
      const view = this.nodes.get(node.id);
      if (view === undefined) this.nodes.set(node.id, new NodeView(node, size));
      else [view.node, view.size] = [node, size];
    }
    keepOnly(this.links, links);
    for (const link of links) {
      const view = this.links.get(link.id) ?? new LinkView(link);
      view.link = link;
      this.links.set(link.id, view);
    }
  }
}

function keepOnly(views: Map<string, unknown>, wanted: readonly { id: string }[]): void {
  const ids = new Set(wanted.map(({ id }) => id));
  for (const id of views.keys()) if (!ids.has(id)) views.delete(id);
}
