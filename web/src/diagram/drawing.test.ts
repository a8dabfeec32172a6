import { expect, test } from 'vitest';
import { colorOrNothing, inkOn } from './colors';
import { arrowPath, colorsOf, drawNode, linkPath } from './drawing';
import type { DiagramNode } from './model';
import { blend } from './motion';
import { sizeLink, sizeNode } from './sizing';

const node: DiagramNode = {
  id: 'a',
  kind: 'approve',
  shape: 'rounded',
  text: { zh: '主管审批', en: 'Lead approves' },
  note: { zh: '✓ 付乐乐 10:02', en: '✓ Fu 10:02' },
  state: 'done',
};
const word = (state: string): string => `<${state}>`;

function draw(values: Partial<DiagramNode>) {
  const changed = { ...node, ...values };
  return drawNode(changed, sizeNode(changed, 'en', 'right'), 'en', word);
}

test('the icon of the state takes the place of the sign before a note', () => {
  expect(draw({}).note?.text).toBe('Fu 10:02');
  expect(draw({ note: { zh: '2 / 2', en: '2 / 2' } }).note?.text).toBe('2 / 2');
});

test('without a note, the word of the state stands there', () => {
  expect(draw({ note: undefined, state: 'waiting' }).note?.text).toBe('<waiting>');
});

test('a note that is too long is cut, and the node stays as large as it was', () => {
  const note = { zh: '', en: 'the health check of the second server answered with 502' };
  expect(draw({ note }).note?.text).toMatch(/…$/);
  expect(sizeNode({ ...node, note, state: 'failed' }, 'en', 'right')).toEqual(sizeNode(node, 'en', 'right'));
});

test('a few letters more on a link do not make it longer', () => {
  const link = { id: 'l', from: 'a', to: 'b', state: 'idle' } as const;
  const label = (en: string) => sizeLink({ ...link, text: { zh: '', en } }, 'en').label;
  expect(label('yes')).toBe(label('maybe'));
  expect(label('')).toBe(0);
  expect(label('x'.repeat(500))).toBeLessThan(200);
});

test('only colours are colours', () => {
  for (const color of ['red', '#fff', '#79c900', 'rgb(1, 2, 3)', 'hsl(120deg 50% 50% / 20%)']) expect(colorOrNothing(color)).toBe(color);
  for (const text of ['url(#x)', 'red;x', 'var(--ink)', '"', '']) expect(colorOrNothing(text)).toBeUndefined();
});

test('the ink on a colour can be read', () => {
  expect(inkOn('lightgreen')).toBe('#161b26');
  expect(inkOn('yellow')).toBe('#161b26');
  expect(inkOn('green')).toBe('#ffffff');
  expect(inkOn('#123')).toBe('#ffffff');
});

test('words below a figure take their ink from the panel, not from the figure', () => {
  const black = { fill: 'black' };
  expect(colorsOf({ ...node, colors: black }).ink).toBe('#ffffff');
  expect(colorsOf({ ...node, kind: 'figure', colors: black }).ink).toBeUndefined();
  expect(colorsOf({ ...node, kind: 'panel-below', colors: { ...black, background: 'yellow' } }).ink).toBe('#161b26');
});

const corners = [
  { x: 0, y: 0 },
  { x: 50, y: 0 },
  { x: 50, y: 40 },
  { x: 120, y: 40 },
];

test('a line has round corners, and begins and ends where it should', () => {
  expect(linkPath(corners)).toBe('M0 0L43 0Q50 0 50 7L50 33Q50 40 57 40L120 40');
  expect(linkPath([])).toBe('');
});

test('the arrow points where the line goes', () => {
  expect(arrowPath(corners)).toContain('L120 40L');
  expect(arrowPath(corners.slice(0, 1))).toBe('');
});

test('a moving line keeps both ends, however many corners it had', () => {
  const straight = [
    { x: 0, y: 10 },
    { x: 100, y: 10 },
  ];
  const halfway = blend.points(straight, corners, 0.5);
  expect(halfway).toHaveLength(corners.length);
  expect(halfway[0]).toEqual({ x: 0, y: 5 });
  expect(halfway.at(-1)).toEqual({ x: 110, y: 25 });
  expect(blend.points(straight, corners, 1)).toBe(corners);
});
