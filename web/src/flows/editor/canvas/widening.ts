import type { Box } from '../../../diagram/figures';
import type { Spot } from '../commands';

/** Room for a node in a link: where it stands, and where what came after goes to make room. */
export interface Room {
  spot: Spot;
  moved: Map<string, Spot>;
}

/** Between the two ends of a link; what stands to the right of the second one moves on by what is missing. */
export function widen(boxes: ReadonlyMap<string, Box>, { from, to }: { from: string; to: string }, width: number, gap: number): Room | null {
  const [first, second] = [boxes.get(from), boxes.get(to)];
  if (first === undefined || second === undefined) return null;
  const start = first.x + first.width / 2;
  const end = second.x - second.width / 2;
  const moved = new Map<string, Spot>();
  // Where a link goes back or down, there is no line of nodes that could make room.
  if (end < start) return { spot: [Math.round((first.x + second.x) / 2), Math.round((first.y + second.y) / 2)], moved };
  const missing = Math.max(0, Math.ceil(width + 2 * gap - (end - start)));
  if (missing > 0) {
    for (const [id, { x, y, width: itsWidth }] of boxes) {
      if (id !== from && x - itsWidth / 2 >= end - 1) moved.set(id, [Math.round(x) + missing, Math.round(y)]);
    }
  }
  return { spot: [Math.round((start + end + missing) / 2), Math.round(second.y === first.y ? first.y : (first.y + second.y) / 2)], moved };
}
