import type { Box, Point } from './figures';
import type { Bounds } from './layout';

/** Up to so many nodes, all of them are drawn; of more, those on the pane and near it. */
export const ALL_NODES = 300;
/** Smaller than this, words are but grey lines, and are left out. */
export const WORDS_SCALE = 0.35;

/** The view moves in steps of half a pane, so that panning a little changes nothing in the document. */
export function stepOf(view: { x: number; y: number; scale: number }, pane: { width: number; height: number }): Bounds {
  const [width, height] = [Math.max(1, pane.width), Math.max(1, pane.height)];
  const left = Math.floor((-view.x / width) * 2) / 2 - 0.5;
  const top = Math.floor((-view.y / height) * 2) / 2 - 0.5;
  return {
    left: (left * width) / view.scale,
    top: (top * height) / view.scale,
    right: ((left + 2.5) * width) / view.scale,
    bottom: ((top + 2.5) * height) / view.scale,
  };
}

export function isOn({ left, top, right, bottom }: Bounds, { x, y, width, height }: Box): boolean {
  return x + width / 2 >= left && x - width / 2 <= right && y + height / 2 >= top && y - height / 2 <= bottom;
}

/** Whether one of the stretches of a line comes there. */
export function passes(view: Bounds, points: readonly Point[]): boolean {
  return points.slice(1).some((to, index) => {
    const from = points[index] ?? to;
    const stretch = { x: (from.x + to.x) / 2, y: (from.y + to.y) / 2, width: Math.abs(from.x - to.x), height: Math.abs(from.y - to.y) };
    return isOn(view, stretch);
  });
}
