import { freeOf } from '../../../diagram/placed';
import { sizeNode } from '../../../diagram/sizing';
import type { Box } from '../../../diagram/figures';
import { language } from '../../../i18n/language.svelte';
import { aligned, type Alignment } from '../aligning';
import { insertPart, partFrom, partOf, textOf, type FlowPart } from '../clipboard';
import * as commands from '../commands';
import { linkOfKey, type NodeKind } from '../definition';
import type { CanvasState } from './canvas.svelte';
import { nodeOf } from './drawing';
import { t } from './messages';
import { onGrid } from './snapping';
import { widen } from './widening';

/** From the border of a node to that of the one that is added after it. */
const GAP = 60;
/** A copy stands this far from what it was made of. */
const BESIDE = 40;

/** What people do on the canvas, each as one step that can be undone, and said in words. */
export class Actions {
  readonly #canvas: CanvasState;
  /** What was copied last, where the system's clipboard is not to be had. */
  #part: FlowPart | null = null;

  constructor(canvas: CanvasState) {
    this.#canvas = canvas;
  }

  get #model() {
    return this.#canvas.model;
  }

  /** Adds a node where somebody pointed; in the middle of a link when it was dropped on one. */
  addAt(kind: NodeKind, at: commands.Spot, link: string | null = null): void {
    const { spots } = this.#canvas;
    this.#add(kind, (draft) => {
      const id = commands.addNode(draft, kind, null);
      commands.placeAll(draft, spots, new Map([[id, at]]));
      if (link !== null) commands.insertInto(draft, link, id);
      return id;
    });
  }

  /** Adds a node and a link to it. */
  addFrom(kind: NodeKind, from: string, at: commands.Spot | null): void {
    const { spots } = this.#canvas;
    const spot = at ?? (this.#isPlaced ? this.#spotAfter(kind, from) : null);
    this.#add(kind, (draft) => {
      const id = commands.addNode(draft, kind, null);
      if (spot !== null) commands.placeAll(draft, spots, new Map([[id, spot]]));
      commands.connect(draft, from, id);
      return id;
    });
  }

  /** Adds a node where the selection says: into a link, after a node, before an end; else into the middle. */
  add(kind: NodeKind): void {
    const [key] = this.#model.selection;
    const link = key === undefined || this.#model.selection.length > 1 ? null : this.#linkToSplit(key);
    if (link !== null) this.#addInto(kind, link);
    else if (key !== undefined && this.#canvas.node(key) !== undefined && this.#canvas.node(key)?.kind !== 'end') this.addFrom(kind, key, null);
    else if (this.#isPlaced) this.addAt(kind, this.#freeSpot(kind, this.#canvas.middle));
    else this.#add(kind, (draft) => commands.addNode(draft, kind, null));
  }

  connect(from: string, to: string): void {
    const { definition } = this.#model;
    if (!commands.mayConnect(definition, from, to)) return;
    const names = { from: this.#canvas.nameOf(from), to: this.#canvas.nameOf(to) };
    this.#model.edit(t('connect', names), (draft) => commands.connect(draft, from, to));
    this.#canvas.selectOnly(`${from}→${to}#${definition.links.length}`);
  }

  remove(): void {
    const { selection } = this.#model;
    if (selection.length === 0) return;
    const next = this.#neighbourOf(selection);
    this.#model.edit(t('remove', { what: this.#what(selection) }), (draft) => commands.remove(draft, selection));
    if (next !== null) void this.#canvas.focus(next);
  }

  /** The selection as text for the clipboard; null when there is no node in it. */
  copy(): string | null {
    const part = partOf(this.#model.definition, this.#model.selection, this.#canvas.spots);
    if (part === null) return null;
    this.#part = part;
    this.#canvas.say(t('copied', { count: part.nodes.length }));
    return textOf(part);
  }

  /** What was copied, here or from another flow: the text of the clipboard, or what this page remembers. */
  paste(text: string | null): void {
    const part = text === null || text === '' ? this.#part : partFrom(text);
    if (part === null) {
      this.#canvas.say(t('nothingToPaste'));
      return;
    }
    const isFromHere = Object.keys(part.places).some((id) => this.#canvas.node(id) !== undefined);
    this.#insert(part, t('paste', { what: t('parts', { count: part.nodes.length }) }), isFromHere ? { by: [BESIDE, BESIDE] } : { around: this.#canvas.middle });
  }

  duplicate(): void {
    const { definition, selection } = this.#model;
    const part = partOf(definition, selection, this.#canvas.spots);
    if (part !== null) this.#insert(part, t('duplicate', { what: this.#what(selection) }), { by: [BESIDE, BESIDE] });
  }

  /** Moves the selected nodes; moves in a row are one step. */
  nudge(x: number, y: number): void {
    const ids = this.#canvas.selectedNodes;
    this.move(ids, { x, y }, `nudge ${ids.join(' ')}`);
  }

  move(ids: readonly string[], by: { x: number; y: number }, merge?: string): void {
    const { spots } = this.#canvas;
    const moved = new Map(ids.flatMap((id): [string, commands.Spot][] => {
      const spot = spots.get(id);
      return spot === undefined ? [] : [[id, [spot[0] + by.x, spot[1] + by.y]]];
    }));
    this.#canvas.viewport.isHeld = true;
    if (moved.size > 0) this.#model.edit(t('move', { count: moved.size }), (draft) => commands.placeAll(draft, spots, moved), merge);
  }

  align(alignment: Alignment): void {
    const boxes = new Map(this.#canvas.selectedNodes.flatMap((id): [string, Box][] => {
      const box = this.#canvas.scene.boxes.get(id);
      return box === undefined ? [] : [[id, box]];
    }));
    const { spots } = this.#canvas;
    if (boxes.size > 1) this.#model.edit(t(alignment), (draft) => commands.placeAll(draft, spots, aligned(boxes, alignment)));
  }

  arrange(): void {
    this.#model.edit(t('arrange'), commands.arrange);
    this.#canvas.viewport.isHeld = false;
    this.#canvas.say(t('arranged'));
  }

  rename(id: string, name: string): void {
    const before = this.#canvas.nameOf(id);
    if (name.trim() === '' || name === before) return;
    this.#model.edit(t('rename', { name: before }), (draft) => commands.rename(draft, id, name.trim(), language.current));
  }

  selectAll(): void {
    this.#model.select(this.#model.definition.nodes.map(({ id }) => id));
  }

  get #isPlaced(): boolean {
    return this.#model.definition.layout !== undefined;
  }

  #add(kind: NodeKind, change: (draft: Parameters<typeof commands.addNode>[0]) => string): void {
    if (this.#model.definition.nodes.length >= commands.limits.nodes) {
      this.#canvas.say(t('tooMany'));
      return;
    }
    let added = '';
    this.#model.edit(t('add', { kind: t(kind) }), (draft) => {
      added = change(draft);
    });
    this.#canvas.selectOnly(added);
    void this.#canvas.reveal(added);
  }

  #addInto(kind: NodeKind, key: string): void {
    const index = linkOfKey(this.#model.definition, key);
    const link = index === null ? undefined : this.#model.definition.links[index];
    if (link === undefined) return;
    const { spots } = this.#canvas;
    const room = this.#isPlaced ? widen(this.#canvas.scene.boxes, link, this.#sizeOf(kind).width, GAP) : null;
    this.#add(kind, (draft) => {
      const id = commands.addNode(draft, kind, null);
      if (room !== null) commands.placeAll(draft, spots, new Map([...room.moved, [id, room.spot]]));
      commands.insertInto(draft, key, id);
      return id;
    });
  }

  /** The link that a new node is put into: the selected one, the only one out of a node, the only one into an end. */
  #linkToSplit(key: string): string | null {
    const { definition } = this.#model;
    if (linkOfKey(definition, key) !== null) return key;
    const node = this.#canvas.node(key);
    if (node === undefined || node.kind === 'condition' || node.kind === 'fork') return null;
    const isEnd = node.kind === 'end';
    const found = definition.links.flatMap(({ from, to, on }, index) =>
      (isEnd ? to : from) === key && !on ? [`${from}→${to}#${index}`] : [],
    );
    return found.length === 1 ? (found[0] ?? null) : null;
  }

  #insert(part: FlowPart, label: string, where: Parameters<typeof insertPart>[3]): void {
    let ids: string[] = [];
    const { spots } = this.#canvas;
    this.#model.edit(label, (draft) => {
      ids = insertPart(draft, part, spots, where);
    });
    if (ids.length === 0) {
      this.#canvas.say(t('tooMany'));
      return;
    }
    this.#model.select(ids);
    const [first] = ids;
    if (first !== undefined) void this.#canvas.reveal(first);
  }

  #spotAfter(kind: NodeKind, from: string): commands.Spot {
    const before = this.#canvas.scene.boxes.get(from);
    if (before === undefined) return this.#canvas.middle;
    return this.#freeSpot(kind, [before.x + before.width / 2 + GAP + this.#sizeOf(kind).width / 2, before.y]);
  }

  #freeSpot(kind: NodeKind, [x, y]: commands.Spot): commands.Spot {
    const free = freeOf({ x: onGrid(x), y: onGrid(y), ...this.#sizeOf(kind) }, this.#canvas.scene.boxes);
    return [free.x, onGrid(free.y)];
  }

  #sizeOf(kind: NodeKind): { width: number; height: number } {
    const node = commands.newNode(kind, kind);
    const { width, height } = sizeNode(nodeOf(node, undefined), language.current, 'right');
    return { width, height };
  }

  #neighbourOf(selection: readonly string[]): string | null {
    const { links, nodes } = this.#model.definition;
    const index = linkOfKey(this.#model.definition, selection[0] ?? '');
    const before = index === null ? links.find(({ to }) => selection.includes(to))?.from : links[index]?.from;
    return [before, ...nodes.map(({ id }) => id)].find((id) => id !== undefined && !selection.includes(id)) ?? null;
  }

  #what(selection: readonly string[]): string {
    const [only] = selection;
    return selection.length === 1 && only !== undefined ? this.#canvas.describe(only) : t('parts', { count: selection.length });
  }
}
