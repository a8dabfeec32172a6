import type { Box, Point } from '../../../diagram/figures';
import type { CanvasState } from './canvas.svelte';
import { around, snap } from './snapping';

/** How near an alignment has to be, in pixels of the screen. */
const REACH = 7;

/** Nodes that follow the pointer: on the grid, in line with others, their links with them. */
export class Dragging {
  readonly ids: readonly string[];
  readonly #canvas: CanvasState;
  readonly #start: Point;
  readonly #moving: Box;
  readonly #still: readonly Box[];
  #by: Point = { x: 0, y: 0 };
  #wanted: Point | null = null;
  #isFree = false;
  #frame = 0;

  constructor(canvas: CanvasState, ids: readonly string[], start: Point) {
    this.#canvas = canvas;
    this.ids = ids;
    this.#start = start;
    const lifted = new Set(ids);
    const { boxes } = canvas.scene;
    this.#moving = around([...boxes].flatMap(([id, box]) => (lifted.has(id) ? [box] : [])));
    this.#still = [...boxes].flatMap(([id, box]) => (lifted.has(id) ? [] : [box]));
    canvas.scene.lift(lifted);
  }

  /** Follows the pointer with the next frame, however often it moves before. `isFree`: nothing snaps. */
  to(point: Point, isFree: boolean): void {
    this.#wanted = { x: point.x - this.#start.x, y: point.y - this.#start.y };
    this.#isFree = isFree;
    if (this.#frame === 0) this.#frame = requestAnimationFrame(() => this.#follow());
  }

  /** How far it went in the end. */
  drop(): Point {
    if (this.#frame !== 0) {
      cancelAnimationFrame(this.#frame);
      this.#follow();
    }
    this.#canvas.guides = [];
    return this.#by;
  }

  cancel(): void {
    cancelAnimationFrame(this.#frame);
    this.#canvas.guides = [];
    this.#canvas.scene.putBack();
  }

  #follow(): void {
    this.#frame = 0;
    if (this.#wanted === null) return;
    const reach = REACH / this.#canvas.viewport.scale;
    const { by, guides } = this.#isFree
      ? { by: { x: Math.round(this.#wanted.x), y: Math.round(this.#wanted.y) }, guides: [] }
      : snap(this.#moving, this.#wanted, this.#still, reach);
    if (by.x !== this.#by.x || by.y !== this.#by.y) this.#canvas.scene.carry(by);
    this.#by = by;
    this.#canvas.guides = guides;
  }
}
