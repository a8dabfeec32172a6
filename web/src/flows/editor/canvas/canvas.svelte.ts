import { tick } from 'svelte';
import type { Box, Point } from '../../../diagram/figures';
import { Scene } from '../../../diagram/scene.svelte';
import { Viewport, type Pane } from '../../../diagram/viewport.svelte';
import { language } from '../../../i18n/language.svelte';
import { wordsIn } from '../../../i18n/words';
import { spotsOf, type Spot, type Spots } from '../commands';
import { linkOfKey, type FlowNode, type NodeKind } from '../definition';
import type { FlowModel } from '../model.svelte';
import { Drawer } from './drawing';
import { t } from './messages';
import type { Guide } from './snapping';

/** A link that is being drawn: from its node to the pointer, and the node below it that it would lead to. */
export interface LooseLink {
  from: string;
  to: Point;
  target: string | null;
}

/** Where the menu of what to connect to came from; `at` is a place for a new node, if somebody pointed at one. */
export interface Connecting {
  from: string;
  at: Spot | null;
}

export const margins = { side: 40, top: 56, bottom: 40 } as const;

/** What a person sees of the canvas and does on it, while the flow itself is the model's. */
export class CanvasState {
  readonly model: FlowModel;
  readonly scene = new Scene();
  readonly viewport = new Viewport();
  pane = $state.raw<Pane>({ width: 0, height: 0 });
  surface = $state.raw<SVGSVGElement | null>(null);
  /** The node under the mouse. */
  hovered = $state<string | null>(null);
  guides = $state.raw<readonly Guide[]>([]);
  marquee = $state.raw<Box | null>(null);
  loose = $state.raw<LooseLink | null>(null);
  connecting = $state.raw<Connecting | null>(null);
  renaming = $state<string | null>(null);
  /** A node of the palette on its way, and the link that it would be put into. */
  dropping = $state.raw<{ kind: NodeKind; at: Point; link: string | null } | null>(null);
  /** Every press adds to the selection: for fingers, which have no Shift key. */
  selectsSeveral = $state(false);
  /** What has just happened, for those who do not see it. */
  said = $state('');
  readonly #drawer = new Drawer();
  readonly diagram = $derived.by(() => this.#drawer.draw(this.model.definition));

  constructor(model: FlowModel) {
    this.model = model;
  }

  /** Where the nodes stand, for commands that keep what is shown. */
  get spots(): Spots {
    return spotsOf(this.scene.boxes);
  }

  get selectedNodes(): string[] {
    return this.model.selection.filter((key) => this.node(key) !== undefined);
  }

  node(id: string): FlowNode | undefined {
    return this.model.definition.nodes.find((node) => node.id === id);
  }

  nameOf(id: string): string {
    const node = this.node(id);
    return node === undefined ? id : wordsIn(node.name, language.current) || id;
  }

  say(text: string): void {
    this.said = text;
  }

  /** A node or a link in words. */
  describe(key: string): string {
    const index = linkOfKey(this.model.definition, key);
    const link = index === null ? undefined : this.model.definition.links[index];
    return link === undefined ? this.nameOf(key) : t('selectedLink', { from: this.nameOf(link.from), to: this.nameOf(link.to) });
  }

  /** Waits until what was changed is laid out: the canvas does so with the page's next update. */
  async arranged(): Promise<void> {
    await tick();
  }

  /** From the window to the drawing. */
  pointAt(event: { clientX: number; clientY: number }): Point {
    const box = this.surface?.getBoundingClientRect();
    const { x, y, scale } = this.viewport;
    return { x: (event.clientX - (box?.left ?? 0) - x) / scale, y: (event.clientY - (box?.top ?? 0) - y) / scale };
  }

  /** The middle of what is shown. */
  get middle(): Spot {
    const { x, y, scale } = this.viewport;
    return [(this.pane.width / 2 - x) / scale, (this.pane.height / 2 - y) / scale];
  }

  fit(): void {
    this.viewport.fit(this.scene.bounds, this.pane, margins);
  }

  zoom(factor: number): void {
    this.viewport.zoom(factor, { x: this.pane.width / 2, y: this.pane.height / 2 });
  }

  toggle(key: string): void {
    const { selection } = this.model;
    this.model.select(selection.includes(key) ? selection.filter((other) => other !== key) : [...selection, key]);
  }

  selectOnly(key: string | null): void {
    this.model.select(key === null ? [] : [key]);
  }

  /** Brings a node onto the pane, once it is laid out. */
  async reveal(id: string): Promise<void> {
    await this.arranged();
    const box = this.scene.boxes.get(id);
    if (box !== undefined) this.viewport.reveal(box, this.pane);
  }

  /** Brings a node onto the pane and gives it the keyboard. */
  async focus(id: string): Promise<void> {
    await this.reveal(id);
    this.scene.stopAt(id);
    await tick();
    this.surface?.querySelector<SVGElement>(`[data-node="${CSS.escape(id)}"]`)?.focus({ preventScroll: true });
  }

  /** The node with the keyboard; null when it is elsewhere. */
  get focused(): string | null {
    const active = document.activeElement;
    return active !== null && this.surface?.contains(active) === true ? (active.closest('[data-node]')?.getAttribute('data-node') ?? null) : null;
  }
}
