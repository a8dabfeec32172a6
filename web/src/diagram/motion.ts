import type { Box, Point } from './figures';
import type { LinkLabel } from './labels';

/** Where things are drawn at one moment. */
export interface Places {
  boxes: Map<string, Box>;
  routes: Map<string, readonly Point[]>;
  labels: Map<string, LinkLabel | null>;
}

/** Whatever comes from nowhere is at once where it belongs. */
export const nowhere: Places = { boxes: new Map(), routes: new Map(), labels: new Map() };

export function placesOf(
  nodes: ReadonlyMap<string, { box: Box }>,
  links: ReadonlyMap<string, { points: readonly Point[]; label: LinkLabel | null }>,
): Places {
  return {
    boxes: new Map([...nodes].map(([id, { box }]) => [id, box])),
    routes: new Map([...links].map(([id, { points }]) => [id, points])),
    labels: new Map([...links].map(([id, { label }]) => [id, label])),
  };
}

/** Between two places. What was nowhere is where it belongs from the beginning. */
export const blend = {
  box(from: Box | undefined, to: Box, progress: number): Box {
    if (from === undefined || progress >= 1) return to;
    return { ...to, x: mix(from.x, to.x, progress), y: mix(from.y, to.y, progress) };
  },

  label(from: LinkLabel | null | undefined, to: LinkLabel | null, progress: number): LinkLabel | null {
    if (!from || to === null || progress >= 1) return to;
    return { ...to, x: mix(from.x, to.x, progress), y: mix(from.y, to.y, progress) };
  },

  points(from: readonly Point[] | undefined, to: readonly Point[], progress: number): readonly Point[] {
    if (from === undefined || from.length === 0 || progress >= 1) return to;
    const count = Math.max(from.length, to.length);
    const [first, last] = [spreadOver(from, count), spreadOver(to, count)];
    return last.map((point, index) => {
      const origin = first[index] ?? point;
      return { x: mix(origin.x, point.x, progress), y: mix(origin.y, point.y, progress) };
    });
  },
};

/** The same line with more corners: the last but one stands for the missing ones, so that both ends stay ends. */
function spreadOver(points: readonly Point[], count: number): Point[] {
  const last = points.at(-1);
  if (last === undefined) return [];
  const inner = points.slice(0, -1);
  const filler = inner.at(-1) ?? last;
  return [...inner, ...Array.from({ length: count - points.length }, () => filler), last];
}

function mix(from: number, to: number, progress: number): number {
  return from + (to - from) * progress;
}
