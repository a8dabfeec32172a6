import type { Box, Point } from './figures';
import type { LinkLabel } from './labels';
import type { DiagramLink, DiagramNode } from './model';
import type { NodeSize } from './sizing';

/** One node of the drawing. A change of the node touches this and nothing else. */
export class NodeView {
  node = $state.raw() as DiagramNode;
  size = $state.raw() as NodeSize;
  box = $state.raw<Box>({ x: 0, y: 0, width: 0, height: 0 });
  isSelected = $state(false);
  /** The one node that Tab reaches; arrow keys go on from there. */
  isTabStop = $state(false);
  readonly id: string;

  constructor(node: DiagramNode, size: NodeSize) {
    this.id = node.id;
    this.node = node;
    this.size = size;
  }
}

export class LinkView {
  link = $state.raw() as DiagramLink;
  points = $state.raw<readonly Point[]>([]);
  /** Where its text stands; null without one. */
  label = $state.raw<LinkLabel | null>(null);
  isSelected = $state(false);
  readonly id: string;

  constructor(link: DiagramLink) {
    this.id = link.id;
    this.link = link;
  }
}
