import type { Language } from '../i18n/language.svelte';
import { prefersReducedMotion } from '../theme.svelte';
import { Collection } from './collection';
import type { Box, Point } from './figures';
import type { Direction } from './geometry';
import { layoutDiagram, nothingPlaced, type Bounds, type Layout, type SizedLink } from './layout';
import { impliedId, impliedLink, withImplied } from './links';
import type { DiagramLink, DiagramModel, DiagramNode } from './model';
import { blend, nowhere, placesOf, type Places } from './motion';
import { isPlaced, layoutPlaced } from './placed';
import { Rerouting } from './rerouting';
import { sizeLink, sizeNode } from './sizing';
import type { LinkView, NodeView } from './views.svelte';
import { ALL_NODES } from './visible';

const MOVE_MS = 260;

export interface Arrangement {
  layout: 'layered' | 'tree';
  direction: Direction;
  language: Language;
  /** Null: a flow that goes to the right is as long as it is. */
  pane: { width: number; height: number } | null;
}

/** What is drawn: takes over models, keeps the layout while only states change, and moves things when it must. */
export class Scene {
  nodes = $state.raw<readonly NodeView[]>([]);
  links = $state.raw<readonly LinkView[]>([]);
  frames = $state.raw<readonly [string, Box][]>([]);
  bounds = $state.raw<Bounds>(nothingPlaced.bounds);
  direction = $state<Direction>('right');
  /** Counts the changes of the structure: each needs a new layout. */
  structure = $state(0);
  #model: DiagramModel = { nodes: [], links: [] };
  readonly #views = new Collection();
  #selected: readonly string[] = [];
  #tabStop: string | null = null;
  #moving = 0;
  /** Where everything belongs, also while it is still on its way there. */
  #placed: Layout = nothingPlaced;
  #sizedLinks: readonly SizedLink[] = [];
  #rerouting: Rerouting | null = null;

  get model(): DiagramModel {
    return this.#model;
  }

  /** Where everything belongs, also while it is still on its way there. */
  get boxes(): ReadonlyMap<string, Box> {
    return this.#placed.boxes;
  }

  node(id: string): NodeView | undefined {
    return this.#views.nodes.get(id);
  }

  link(id: string): LinkView | undefined {
    return this.#views.links.get(id);
  }

  /** Takes the model over. What is the same object as before is not looked at. */
  take(model: DiagramModel): void {
    const before = this.#model;
    if (model === before) return;
    this.#model = model;
    let isOther = model.nodes.length !== before.nodes.length || model.links.length !== before.links.length;
    for (const [index, node] of model.nodes.entries()) {
      const old = before.nodes[index];
      if (node === old) continue;
      isOther ||= old === undefined || !hasSamePlace(node, old);
      const view = this.#views.nodes.get(node.id);
      if (view === undefined) continue;
      view.node = node;
      const implied = this.#views.links.get(impliedId(node));
      if (implied !== undefined) implied.link = impliedLink(node);
    }
    for (const [index, link] of model.links.entries()) {
      const old = before.links[index];
      if (link === old) continue;
      isOther ||= old === undefined || !connectsTheSame(link, old);
      const view = this.#views.links.get(link.id);
      if (view !== undefined) view.link = link;
    }
    if (isOther) this.structure += 1;
  }

  /** Lays everything out anew, and moves it there. */
  arrange({ layout, direction, language, pane }: Arrangement): void {
    const isByHand = isPlaced(this.#model.nodes);
    const flow = isByHand ? 'right' : direction;
    const sizes = this.#model.nodes.map((node) => sizeNode(node, language, flow));
    const links = withImplied(this.#model);
    const sized = links.map((link) => sizeLink(link, language));
    const placed = isByHand
      ? layoutPlaced(sizes.map((size, index) => ({ ...size, at: this.#model.nodes[index]?.at })), sized)
      : layoutDiagram(sizes, sized, { layout, direction, pane });
    this.#placed = placed;
    this.#sizedLinks = sized;
    this.#rerouting = null;
    const isFirst = this.#views.nodes.size === 0;
    const from = placesOf(this.#views.nodes, this.#views.links);
    this.#views.renew(this.#model.nodes, sizes, links);
    this.nodes = [...this.#views.nodes.values()];
    this.links = [...this.#views.links.values()];
    this.direction = flow;
    this.bounds = placed.bounds;
    this.frames = [...placed.frames];
    this.select(this.#selected);
    this.#move(from, isFirst || this.nodes.length > ALL_NODES || prefersReducedMotion());
  }

  /** Nodes and links by id. */
  select(ids: readonly string[]): void {
    for (const id of this.#selected) this.#setSelected(id, false);
    this.#selected = ids;
    for (const id of ids) this.#setSelected(id, true);
    this.stopAt(ids.find((id) => this.#views.nodes.has(id)) ?? this.#tabStop ?? this.nodes[0]?.id ?? null);
  }

  /** Makes this the node that Tab reaches. */
  stopAt(id: string | null): void {
    const old = this.#views.nodes.get(this.#tabStop ?? '');
    if (old !== undefined) old.isTabStop = false;
    const view = this.#views.nodes.get(id ?? '') ?? this.nodes[0];
    this.#tabStop = view?.id ?? null;
    if (view !== undefined) view.isTabStop = true;
  }

  /** Takes nodes up, to be moved by hand until everything is arranged or put back. */
  lift(ids: ReadonlySet<string>): void {
    cancelAnimationFrame(this.#moving);
    this.putBack();
    const sizes = this.nodes.map(({ size }) => size);
    this.#rerouting = new Rerouting(this.#placed, sizes, this.#sizedLinks, ids);
  }

  /** Shows the lifted nodes this far from where they were, and their links. */
  carry(offset: Point): void {
    if (this.#rerouting === null) return;
    const { boxes, routes, labels } = this.#rerouting.by(offset);
    for (const [id, box] of boxes) {
      const view = this.#views.nodes.get(id);
      if (view !== undefined) view.box = box;
    }
    for (const [id, points] of routes) {
      const view = this.#views.links.get(id);
      if (view === undefined) continue;
      view.points = points;
      view.label = labels.get(id) ?? null;
    }
  }

  /** Shows everything where it belongs. */
  putBack(): void {
    this.#rerouting = null;
    this.#show(nowhere, 1);
  }

  /** Ends what still moves. */
  stop(): void {
    cancelAnimationFrame(this.#moving);
  }

  #setSelected(id: string, isSelected: boolean): void {
    const view = this.#views.nodes.get(id) ?? this.#views.links.get(id);
    if (view !== undefined) view.isSelected = isSelected;
  }

  #move(from: Places, atOnce: boolean): void {
    cancelAnimationFrame(this.#moving);
    this.#show(from, atOnce ? 1 : 0);
    if (atOnce) return;
    const start = performance.now();
    const step = (now: number): void => {
      const progress = Math.min(1, Math.max(0, (now - start) / MOVE_MS));
      this.#show(from, 1 - (1 - progress) ** 3);
      if (progress < 1) this.#moving = requestAnimationFrame(step);
    };
    this.#moving = requestAnimationFrame(step);
  }

  /** Everything on its way from there to where it belongs. */
  #show(from: Places, progress: number): void {
    const to = this.#placed;
    for (const [id, view] of this.#views.nodes) {
      const box = to.boxes.get(id);
      if (box !== undefined) view.box = blend.box(from.boxes.get(id), box, progress);
    }
    for (const [id, view] of this.#views.links) {
      view.points = blend.points(from.routes.get(id), to.routes.get(id) ?? [], progress);
      view.label = blend.label(from.labels.get(id), to.labels.get(id) ?? null, progress);
    }
  }
}

function hasSamePlace(one: DiagramNode, other: DiagramNode): boolean {
  return (
    one.id === other.id &&
    one.kind === other.kind &&
    one.shape === other.shape &&
    one.parent === other.parent &&
    one.at?.[0] === other.at?.[0] &&
    one.at?.[1] === other.at?.[1] &&
    one.text.zh === other.text.zh &&
    one.text.en === other.text.en
  );
}

function connectsTheSame(one: DiagramLink, other: DiagramLink): boolean {
  return (
    one.id === other.id && one.from === other.from && one.to === other.to &&
    sizeLink(one, 'en').label === sizeLink(other, 'en').label &&
    sizeLink(one, 'zh-CN').label === sizeLink(other, 'zh-CN').label
  );
}
