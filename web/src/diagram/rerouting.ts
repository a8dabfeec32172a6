import { routeAround, stretchesOf, turnsOf, type PlacedNode, type Stretch, type Turn } from './detours';
import type { Box, Point } from './figures';
import { placeLabels, type LinkLabel } from './labels';
import type { Layout, SizedLink, SizedNode } from './layout';

/** What stands elsewhere while some nodes are being moved. */
export interface Rerouted {
  boxes: Map<string, Box>;
  routes: Map<string, readonly Point[]>;
  labels: Map<string, LinkLabel | null>;
}

/** Moves some nodes of a layout: only their own links are routed anew, so that it keeps up with a pointer. */
export class Rerouting {
  readonly #placed = new Map<string, PlacedNode>();
  readonly #moved: ReadonlyMap<string, PlacedNode>;
  /** Links between moved nodes: they go along as they are. */
  readonly #along: readonly { link: SizedLink; points: readonly Point[]; label: LinkLabel | undefined }[];
  /** Links with one moved end. */
  readonly #open: readonly SizedLink[];
  readonly #taken: readonly Stretch[];
  readonly #turns: ReadonlyMap<string, Turn>;
  readonly #routes: Map<string, readonly Point[]>;

  constructor(layout: Layout, nodes: readonly SizedNode[], links: readonly SizedLink[], moved: ReadonlySet<string>) {
    for (const { id, ports } of nodes) {
      const box = layout.boxes.get(id);
      if (box !== undefined) this.#placed.set(id, { box, ports });
    }
    this.#moved = new Map([...this.#placed].filter(([id]) => moved.has(id)));
    this.#turns = turnsOf(links);
    this.#routes = new Map(layout.routes);
    this.#open = links.filter(({ from, to }) => moved.has(from) !== moved.has(to));
    this.#along = links
      .filter(({ from, to }) => moved.has(from) && moved.has(to))
      .map((link) => ({ link, points: layout.routes.get(link.id) ?? [], label: layout.labels.get(link.id) }));
    this.#taken = links
      .filter(({ from, to }) => !moved.has(from) && !moved.has(to))
      .flatMap((link) => stretchesOf(link, layout.routes.get(link.id) ?? []));
  }

  by(offset: Point): Rerouted {
    const boxes = new Map<string, Box>();
    for (const [id, node] of this.#moved) {
      const box = { ...node.box, x: node.box.x + offset.x, y: node.box.y + offset.y };
      boxes.set(id, box);
      this.#placed.set(id, { ...node, box });
    }
    const routes = new Map<string, readonly Point[]>();
    const labels = new Map<string, LinkLabel | null>();
    const taken = [...this.#taken];
    for (const { link, points, label } of this.#along) {
      const route = points.map(({ x, y }) => ({ x: x + offset.x, y: y + offset.y }));
      routes.set(link.id, route);
      labels.set(link.id, label === undefined ? null : { ...label, x: label.x + offset.x, y: label.y + offset.y });
      taken.push(...stretchesOf(link, route));
    }
    for (const link of this.#open) {
      const route = routeAround({ ...link, turn: this.#turns.get(link.id) }, this.#placed, taken);
      routes.set(link.id, route);
      taken.push(...stretchesOf(link, route));
    }
    for (const [id, route] of routes) this.#routes.set(id, route);
    const worded = this.#open.filter(({ label }) => label > 0);
    const all = new Map([...this.#placed].map(([id, { box }]) => [id, box]));
    for (const [id, label] of placeLabels(worded, { boxes: all, routes: this.#routes }, true)) labels.set(id, label);
    return { boxes, routes, labels };
  }
}
