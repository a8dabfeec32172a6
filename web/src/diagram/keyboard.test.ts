import { expect, test } from 'vitest';
import { neighbour } from './keyboard';
import type { DiagramLink } from './model';

const boxes = new Map(
  Object.entries({ start: [0, 0], up: [100, -40], down: [100, 40], end: [0, 200] }).map(([id, [x = 0, y = 0]]) => [
    id,
    { x, y, width: 60, height: 30 },
  ]),
);

const links: DiagramLink[] = [
  ['start', 'up'],
  ['start', 'down'],
  ['up', 'end'],
  ['down', 'end'],
].map(([from = '', to = '']) => ({ id: `${from}-${to}`, from, to, state: 'idle' }));

test('along the flow, the arrows follow the links', () => {
  expect(neighbour('up', 'ArrowLeft', boxes, links, 'right')).toBe('start');
  expect(['up', 'down']).toContain(neighbour('start', 'ArrowRight', boxes, links, 'right'));
});

test('a link into the next row is followed, although it leads back on the screen', () => {
  expect(neighbour('down', 'ArrowRight', boxes, links, 'right')).toBe('end');
});

test('across the flow, they go to the nearest node on that side', () => {
  expect(neighbour('up', 'ArrowDown', boxes, links, 'right')).toBe('down');
  expect(neighbour('down', 'ArrowUp', boxes, links, 'right')).toBe('up');
});

test('where there is nothing, nothing moves', () => {
  expect(neighbour('up', 'ArrowUp', boxes, links, 'right')).toBeNull();
  expect(neighbour('gone', 'ArrowUp', boxes, links, 'right')).toBeNull();
});
