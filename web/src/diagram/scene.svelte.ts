import type { Language } from '../i18n/language.svelte';
import { prefersReducedMotion } from '../theme.svelte';
import { Collection } from './collection';
import type { Box } from './figures';
import type { Direction } from './geometry';
import { layoutDiagram, type Bounds, type Layout } from './layout';
import { impliedId, impliedLink, withImplied } from './links';
import type { DiagramLink, DiagramModel, DiagramNode } from './model';
import { blend, placesOf, type Places } from './motion';
import { sizeLink, sizeNode } from './sizing';
import type { LinkView, NodeView } from './views.svelte';
import { ALL_NODES } from './visible';

const MOVE_MS = 260;

export interface Arrangement {
  layout: 'layered' | 'tree';
  direction: Direction;
  language: Language;
  pane: { width: number; height: number };
}

/** What is drawn: takes over models, keeps the layout while only states change, and moves things when it must. */
export class Scene {
  nodes = $state.raw<readonly NodeView[]>([]);
  links = $state.raw<readonly LinkView[]>([]);
  frames = $state.raw<readonly [string, Box][]>([]);
  bounds = $state.raw<Bounds>({ left: 0, top: 0, right: 0, bottom: 0 });
  direction = $state<Direction>('right');
  /** Counts the changes of the structure: each needs a new layout. */
  structure = $state(0);
  #model: DiagramModel = { nodes: [], links: [] };
  readonly #views = new Collection();
  #selected: string | null = null;
  #tabStop: string | null = null;
  #moving = 0;

  get model(): DiagramModel {
    return this.#model;
  }

  node(id: string): NodeView | undefined {
    return this.#views.nodes.get(id);
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
    const sizes = this.#model.nodes.map((node) => sizeNode(node, language, direction));
    const links = withImplied(this.#model);
    const placed = layoutDiagram(sizes, links.map((link) => sizeLink(link, language)), { layout, direction, pane });
    const isFirst = this.#views.nodes.size === 0;
    const from = placesOf(this.#views.nodes, this.#views.links);
    this.#views.renew(this.#model.nodes, sizes, links);
    this.nodes = [...this.#views.nodes.values()];
    this.links = [...this.#views.links.values()];
    this.direction = direction;
    this.bounds = placed.bounds;
    this.frames = [...placed.frames];
    this.select(this.#selected);
    this.#move(from, placed, isFirst || this.nodes.length > ALL_NODES || prefersReducedMotion());
  }

  select(id: string | null): void {
    if (this.#selected !== null) this.#setSelected(this.#selected, false);
    this.#selected = id;
    if (id !== null) this.#setSelected(id, true);
    this.stopAt(id ?? this.#tabStop ?? this.nodes[0]?.id ?? null);
  }

  /** Makes this the node that Tab reaches. */
  stopAt(id: string | null): void {
    const old = this.#views.nodes.get(this.#tabStop ?? '');
    if (old !== undefined) old.isTabStop = false;
    const view = this.#views.nodes.get(id ?? '') ?? this.nodes[0];
    this.#tabStop = view?.id ?? null;
    if (view !== undefined) view.isTabStop = true;
  }

  /** Ends what still moves. */
  stop(): void {
    cancelAnimationFrame(this.#moving);
  }

  #setSelected(id: string, isSelected: boolean): void {
    const view = this.#views.nodes.get(id);
    if (view !== undefined) view.isSelected = isSelected;
  }

  #move(from: Places, to: Layout, atOnce: boolean): void {
    cancelAnimationFrame(this.#moving);
    const show = (progress: number): void => {
      for (const [id, view] of this.#views.nodes) {
        const box = to.boxes.get(id);
        if (box !== undefined) view.box = blend.box(from.boxes.get(id), box, progress);
      }
      for (const [id, view] of this.#views.links) {
        view.points = blend.points(from.routes.get(id), to.routes.get(id) ?? [], progress);
        view.label = blend.label(from.labels.get(id), to.labels.get(id) ?? null, progress);
      }
    };
    if (atOnce) {
      show(1);
      return;
    }
    show(0);
    const start = performance.now();
    const step = (now: number): void => {
      const progress = Math.min(1, Math.max(0, (now - start) / MOVE_MS));
      show(1 - (1 - progress) ** 3);
      if (progress < 1) this.#moving = requestAnimationFrame(step);
    };
    this.#moving = requestAnimationFrame(step);
  }
}

function hasSamePlace(one: DiagramNode, other: DiagramNode): boolean {
  return (
    one.id === other.id &&
    one.kind === other.kind &&
    one.shape === other.shape &&
    one.parent === other.parent &&
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
