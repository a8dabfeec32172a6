import type { Bounds } from './layout';

export interface Pane {
  width: number;
  height: number;
}

export interface Margins {
  side: number;
  top: number;
  bottom: number;
}

const SMALLEST = 0.02;
const LARGEST = 3;
/** Smaller than this, nobody can read a node: a long diagram then rather begins at its beginning. */
const READABLE = 0.72;

/** Which part of the drawing the pane shows, and how large. */
export class Viewport {
  x = $state(0);
  y = $state(0);
  scale = $state(1);
  /** Whether a person has moved or zoomed: then nothing but a person moves it again. */
  isHeld = $state(false);
  /** Whether the whole drawing is on the pane. */
  showsAll = $state(true);
  readonly transform = $derived(`translate(${round(this.x)} ${round(this.y)}) scale(${round(this.scale)})`);

  /** All of it, however small that is. */
  fit(bounds: Bounds, pane: Pane, margins: Margins): void {
    this.#center(bounds, pane, margins, Math.max(SMALLEST, this.#scaleFor(bounds, pane, margins)));
    this.isHeld = false;
  }

  /** All of it when it can be read then; else a readable part, with this spot on it. */
  open(bounds: Bounds, pane: Pane, margins: Margins, spot: { x: number; y: number } | null): void {
    const scale = this.#scaleFor(bounds, pane, margins);
    this.#center(bounds, pane, margins, Math.max(READABLE, scale));
    this.isHeld = false;
    if (scale >= READABLE) return;
    this.showsAll = false;
    const wide = (bounds.right - bounds.left) * READABLE > pane.width - 2 * margins.side;
    const high = (bounds.bottom - bounds.top) * READABLE > pane.height - margins.top - margins.bottom;
    const target = spot ?? { x: bounds.left, y: bounds.top };
    if (wide) {
      const most = margins.side - bounds.left * READABLE;
      const least = pane.width - margins.side - bounds.right * READABLE;
      this.x = between(pane.width / 2 - target.x * READABLE, least, most);
    }
    if (high) {
      const most = margins.top - bounds.top * READABLE;
      const least = pane.height - margins.bottom - bounds.bottom * READABLE;
      this.y = between(pane.height / 2 - target.y * READABLE, least, most);
    }
  }

  pan(x: number, y: number): void {
    this.x += x;
    this.y += y;
    this.isHeld = true;
    this.showsAll = false;
  }

  /** Zooms so that what is at this place of the pane stays there. */
  zoom(factor: number, at: { x: number; y: number }): void {
    const scale = between(this.scale * factor, SMALLEST, LARGEST);
    const change = scale / this.scale;
    this.x = at.x - (at.x - this.x) * change;
    this.y = at.y - (at.y - this.y) * change;
    this.scale = scale;
    this.isHeld = true;
    this.showsAll = false;
  }

  /** Moves as little as it takes to have this box on the pane. */
  reveal(box: { x: number; y: number; width: number; height: number }, pane: Pane): void {
    const margin = 24;
    const left = (box.x - box.width / 2) * this.scale + this.x;
    const right = (box.x + box.width / 2) * this.scale + this.x;
    const top = (box.y - box.height / 2) * this.scale + this.y;
    const bottom = (box.y + box.height / 2) * this.scale + this.y;
    const x = left < margin ? margin - left : right > pane.width - margin ? pane.width - margin - right : 0;
    const y = top < margin ? margin - top : bottom > pane.height - margin ? pane.height - margin - bottom : 0;
    if (x !== 0 || y !== 0) this.pan(x, y);
  }

  #scaleFor(bounds: Bounds, pane: Pane, margins: Margins): number {
    const width = Math.max(1, bounds.right - bounds.left);
    const height = Math.max(1, bounds.bottom - bounds.top);
    const room = { width: pane.width - 2 * margins.side, height: pane.height - margins.top - margins.bottom };
    return Math.min(1, room.width / width, room.height / height);
  }

  #center(bounds: Bounds, pane: Pane, margins: Margins, scale: number): void {
    this.scale = scale;
    this.x = pane.width / 2 - ((bounds.left + bounds.right) / 2) * scale;
    this.y = (pane.height + margins.top - margins.bottom) / 2 - ((bounds.top + bounds.bottom) / 2) * scale;
    this.showsAll = true;
  }
}

function between(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
