import type { Box } from '../../diagram/figures';
import type { Spot } from './commands';

export type Alignment =
  | 'alignLeft'
  | 'alignMiddle'
  | 'alignRight'
  | 'alignTop'
  | 'alignCentre'
  | 'alignBottom'
  | 'spreadAcross'
  | 'spreadDown';

export const alignments: readonly Alignment[] = [
  'alignLeft',
  'alignMiddle',
  'alignRight',
  'alignTop',
  'alignCentre',
  'alignBottom',
  'spreadAcross',
  'spreadDown',
];

/** Where the nodes stand once they are aligned; with fewer than two of them, or three to spread, as before. */
export function aligned(boxes: ReadonlyMap<string, Box>, alignment: Alignment): Map<string, Spot> {
  const all = [...boxes];
  switch (alignment) {
    case 'alignLeft':
      return toEdge(all, 'x', Math.min(...all.map(([, { x, width }]) => x - width / 2)), 1);
    case 'alignRight':
      return toEdge(all, 'x', Math.max(...all.map(([, { x, width }]) => x + width / 2)), -1);
    case 'alignMiddle':
      return toEdge(all, 'x', middleOf(all.map(([, { x, width }]) => [x - width / 2, x + width / 2])), 0);
    case 'alignTop':
      return toEdge(all, 'y', Math.min(...all.map(([, { y, height }]) => y - height / 2)), 1);
    case 'alignBottom':
      return toEdge(all, 'y', Math.max(...all.map(([, { y, height }]) => y + height / 2)), -1);
    case 'alignCentre':
      return toEdge(all, 'y', middleOf(all.map(([, { y, height }]) => [y - height / 2, y + height / 2])), 0);
    case 'spreadAcross':
      return spread(all, 'x');
    case 'spreadDown':
      return spread(all, 'y');
  }
}

function middleOf(spans: readonly (readonly [number, number])[]): number {
  return (Math.min(...spans.map(([low]) => low)) + Math.max(...spans.map(([, high]) => high))) / 2;
}

/** `side` says where the box is of the edge: after it, before it, or on it. */
function toEdge(boxes: readonly [string, Box][], axis: 'x' | 'y', edge: number, side: -1 | 0 | 1): Map<string, Spot> {
  return new Map(
    boxes.map(([id, box]) => {
      const at = edge + (side * (axis === 'x' ? box.width : box.height)) / 2;
      return [id, axis === 'x' ? [at, box.y] : [box.x, at]];
    }),
  );
}

/** The same gap between neighbours; the outermost stay. */
function spread(boxes: readonly [string, Box][], axis: 'x' | 'y'): Map<string, Spot> {
  const lengthOf = (box: Box) => (axis === 'x' ? box.width : box.height);
  const sorted = [...boxes].sort(([, one], [, other]) => one[axis] - other[axis]);
  const [first, last] = [sorted[0]?.[1], sorted.at(-1)?.[1]];
  if (first === undefined || last === undefined || sorted.length < 3) return new Map(boxes.map(([id, { x, y }]) => [id, [x, y]]));
  const whole = last[axis] - first[axis] + (lengthOf(first) + lengthOf(last)) / 2;
  const gap = (whole - sorted.reduce((sum, [, box]) => sum + lengthOf(box), 0)) / (sorted.length - 1);
  let edge = first[axis] - lengthOf(first) / 2;
  const spots = new Map<string, Spot>();
  for (const [id, box] of sorted) {
    const at = edge + lengthOf(box) / 2;
    spots.set(id, axis === 'x' ? [at, box.y] : [box.x, at]);
    edge += lengthOf(box) + gap;
  }
  return spots;
}
