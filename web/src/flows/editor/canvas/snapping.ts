import type { Box, Point } from '../../../diagram/figures';

/** A line that shows what a moved node is in line with. */
export interface Guide {
  axis: 'x' | 'y';
  at: number;
  from: number;
  to: number;
}

export interface Snapped {
  by: Point;
  guides: Guide[];
}

export const GRID = 10;

/** The moved boxes' offset: in line with the nearest node within reach, else on the grid. */
export function snap(moving: Box, wanted: Point, still: readonly Box[], reach: number): Snapped {
  const x = snapAxis(moving, wanted, still, reach, 'x');
  const y = snapAxis(moving, wanted, still, reach, 'y');
  const by = { x: x.by, y: y.by };
  const box = { ...moving, x: moving.x + by.x, y: moving.y + by.y };
  return { by, guides: [guideOf(x, box, 'x'), guideOf(y, box, 'y')].flatMap((guide) => guide ?? []) };
}

interface Line {
  by: number;
  at: number;
  other: Box | null;
}

function snapAxis(moving: Box, wanted: Point, still: readonly Box[], reach: number, axis: 'x' | 'y'): Line {
  const here = moving[axis] + wanted[axis];
  let best: Line = { by: onGrid(here) - moving[axis], at: 0, other: null };
  let nearest = reach;
  for (const other of still) {
    for (const [own, theirs] of pairs(here, size(moving, axis), other[axis], size(other, axis))) {
      const off = Math.abs(theirs - own);
      if (off >= nearest) continue;
      nearest = off;
      best = { by: wanted[axis] + theirs - own, at: theirs, other };
    }
  }
  return best;
}

/** Middles with middles, and edges with the same edges. */
function pairs(own: number, ownSize: number, theirs: number, theirSize: number): [number, number][] {
  return [
    [own, theirs],
    [own - ownSize / 2, theirs - theirSize / 2],
    [own + ownSize / 2, theirs + theirSize / 2],
  ];
}

function guideOf({ at, other }: Line, box: Box, axis: 'x' | 'y'): Guide | null {
  if (other === null) return null;
  const across = axis === 'x' ? 'y' : 'x';
  const [low, high] = [
    Math.min(box[across] - size(box, across) / 2, other[across] - size(other, across) / 2),
    Math.max(box[across] + size(box, across) / 2, other[across] + size(other, across) / 2),
  ];
  return { axis, at, from: low - 8, to: high + 8 };
}

function size(box: Box, axis: 'x' | 'y'): number {
  return axis === 'x' ? box.width : box.height;
}

export function onGrid(value: number): number {
  return Math.round(value / GRID) * GRID;
}

/** The box around all of these. */
export function around(boxes: readonly Box[]): Box {
  const left = Math.min(...boxes.map(({ x, width }) => x - width / 2));
  const right = Math.max(...boxes.map(({ x, width }) => x + width / 2));
  const top = Math.min(...boxes.map(({ y, height }) => y - height / 2));
  const bottom = Math.max(...boxes.map(({ y, height }) => y + height / 2));
  return { x: (left + right) / 2, y: (top + bottom) / 2, width: right - left, height: bottom - top };
}
