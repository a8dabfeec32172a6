import { expect, test } from 'vitest';
import { Viewport } from './viewport.svelte';
import { isOn, passes, stepOf } from './visible';

const pane = { width: 600, height: 400 };
const margins = { side: 20, top: 40, bottom: 20 };
const bounds = (right: number, bottom: number) => ({ left: 0, top: 0, right, bottom });

test('a small diagram is shown in the middle, as large as life', () => {
  const viewport = new Viewport();
  viewport.open(bounds(200, 100), pane, margins, null);
  expect(viewport).toMatchObject({ scale: 1, x: 200, y: 160, showsAll: true });
});

test('a large one is made smaller, as long as it can be read', () => {
  const viewport = new Viewport();
  viewport.open(bounds(700, 200), pane, margins, null);
  expect(viewport.scale).toBeCloseTo(0.8);
  expect(viewport.showsAll).toBe(true);
});

test('a very long one begins at its beginning, or where something happens', () => {
  const viewport = new Viewport();
  viewport.open(bounds(5000, 100), pane, margins, null);
  expect(viewport).toMatchObject({ scale: 0.72, x: 20, showsAll: false });
  viewport.open(bounds(5000, 100), pane, margins, { x: 2500, y: 50 });
  expect(2500 * viewport.scale + viewport.x).toBeCloseTo(300);
  viewport.open(bounds(5000, 100), pane, margins, { x: 4990, y: 50 });
  expect(5000 * viewport.scale + viewport.x).toBeCloseTo(580);
});

test('all of it can be asked for, however small', () => {
  const viewport = new Viewport();
  viewport.pan(10, 10);
  viewport.fit(bounds(5000, 100), pane, margins);
  expect(viewport.scale).toBeCloseTo(0.112);
  expect(viewport).toMatchObject({ isHeld: false, showsAll: true });
});

test('zooming keeps what is under the pointer there, and has its limits', () => {
  const viewport = new Viewport();
  viewport.zoom(2, { x: 100, y: 50 });
  expect(viewport).toMatchObject({ scale: 2, x: -100, y: -50, isHeld: true });
  viewport.zoom(1000, { x: 0, y: 0 });
  expect(viewport.scale).toBe(3);
});

test('a node is brought onto the pane with as little movement as it takes', () => {
  const viewport = new Viewport();
  viewport.reveal({ x: 700, y: 100, width: 100, height: 40 }, pane);
  expect([viewport.x, viewport.y]).toEqual([-174, 0]);
  viewport.reveal({ x: 700, y: 100, width: 100, height: 40 }, pane);
  expect(viewport.x).toBe(-174);
});

test('everything on the pane is drawn, wherever the view has been moved to', () => {
  for (const view of [{ x: 0, y: 0, scale: 1 }, { x: -333, y: 250, scale: 0.4 }, { x: 12, y: -999, scale: 2.5 }]) {
    const step = stepOf(view, pane);
    for (const [x, y] of [[0, 0], [600, 0], [0, 400], [600, 400]] as const) {
      const place = { x: (x - view.x) / view.scale, y: (y - view.y) / view.scale, width: 1, height: 1 };
      expect(isOn(step, place)).toBe(true);
    }
  }
});

test('a line across the pane is drawn, although both of its ends are far away', () => {
  const step = stepOf({ x: 0, y: 0, scale: 1 }, pane);
  expect(passes(step, [{ x: -5000, y: 200 }, { x: 5000, y: 200 }])).toBe(true);
  expect(passes(step, [{ x: -5000, y: 5000 }, { x: 5000, y: 5000 }])).toBe(false);
});
