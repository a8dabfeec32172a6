import { expect, test } from 'vitest';
import { snap } from './snapping';

const box = (x: number, y: number) => ({ x, y, width: 100, height: 40 });

test('a node is moved on the grid', () => {
  expect(snap(box(3, 7), { x: 24, y: 0 }, [], 7)).toEqual({ by: { x: 27, y: 3 }, guides: [] });
});

test('near another one it is in line with it, and a guide says so', () => {
  const { by, guides } = snap(box(0, 0), { x: 296, y: 83 }, [box(300, 400)], 7);
  expect(by.x).toBe(300);
  expect(guides).toEqual([{ axis: 'x', at: 300, from: 52, to: 428 }]);
});
