import type { Box } from './figures';
import type { Direction } from './geometry';
import type { DiagramLink } from './model';

export type Arrow = 'ArrowLeft' | 'ArrowRight' | 'ArrowUp' | 'ArrowDown';

const forward: Record<Direction, Arrow> = { right: 'ArrowRight', down: 'ArrowDown' };
const backward: Record<Direction, Arrow> = { right: 'ArrowLeft', down: 'ArrowUp' };

/**
 * Where an arrow key leads. Along the flow it follows the links, even into another row; across, it
 * goes to the nearest node on that side.
 */
export function neighbour(
  id: string,
  arrow: Arrow,
  boxes: ReadonlyMap<string, Box>,
  links: readonly DiagramLink[],
  direction: Direction,
): string | null {
  const here = boxes.get(id);
  if (here === undefined) return null;
  let linked: string[] = [];
  if (arrow === forward[direction]) linked = links.filter(({ from }) => from === id).map(({ to }) => to);
  if (arrow === backward[direction]) linked = links.filter(({ to }) => to === id).map(({ from }) => from);
  const along = nearest(linked.filter((other) => other !== id && boxes.has(other)), here, boxes, () => true);
  return along ?? nearest([...boxes.keys()].filter((other) => other !== id), here, boxes, sideOf(arrow, here));
}

function nearest(ids: readonly string[], here: Box, boxes: ReadonlyMap<string, Box>, isThere: (box: Box) => boolean): string | null {
  let best: { id: string; distance: number } | null = null;
  for (const id of ids) {
    const box = boxes.get(id);
    if (box === undefined || !isThere(box)) continue;
    const distance = Math.hypot(box.x - here.x, box.y - here.y);
    if (best === null || distance < best.distance) best = { id, distance };
  }
  return best?.id ?? null;
}

/** Whether a box lies rather on this side than on another. */
function sideOf(arrow: Arrow, here: Box): (box: Box) => boolean {
  const [x, y] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[arrow] as [number, number];
  return (box) => {
    const [right, down] = [box.x - here.x, box.y - here.y];
    const along = right * x + down * y;
    return along > 4 && along >= Math.abs(right * y) + Math.abs(down * x) - 4;
  };
}

export function isArrow(key: string): key is Arrow {
  return key === 'ArrowLeft' || key === 'ArrowRight' || key === 'ArrowUp' || key === 'ArrowDown';
}
