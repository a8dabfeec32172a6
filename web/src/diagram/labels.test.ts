import { expect, test } from 'vitest';
import { link, node, options, overlaps, randomGraph } from './fixtures';
import { labelBox, placeLabels } from './labels';
import { layoutDiagram } from './layout';

/** Random graphs for each way to lay them out. */
const SEEDS = 60;

test.each(options)('texts stand over no node and over no other text: $layout, $direction, $pane.width', (option) => {
  for (let seed = 0; seed < SEEDS; seed += 1) {
    const { nodes, links } = randomGraph(seed);
    const { boxes, labels } = layoutDiagram(nodes, links, option);
    const texts = links.flatMap(({ id, label }) => {
      const place = labels.get(id);
      return place === undefined ? [] : [{ id, box: labelBox(place, Math.min(label, place.room)) }];
    });
    expect(texts).toHaveLength(links.filter(({ label }) => label > 0).length);
    for (const [index, { id, box }] of texts.entries()) {
      const hit = [...boxes].find(([, other]) => overlaps(box, other))?.[0] ?? texts.slice(index + 1).find((other) => overlaps(box, other.box))?.id;
      expect({ seed, id, hit }).toEqual({ seed, id, hit: undefined });
    }
  }
});

/** A choice whose second answer passes a step, and arrives where the first one does. */
const nodes = ['before', 'choice', 'step', 'after'].map((id) => node(id));
const links = [link('before', 'choice'), link('choice', 'step', 44), link('choice', 'after', 44), link('step', 'after')];

test.each(['right', 'down'] as const)('the text of a long link stands near its beginning: %s', (direction) => {
  const { boxes, labels, routes } = layoutDiagram(nodes, links, { layout: 'layered', direction, pane: null });
  const [choice, after, label] = [boxes.get('choice'), boxes.get('after'), labels.get('choice>after')];
  if (!choice || !after || !label) throw new Error('it is not drawn');
  const { x, y } = labelBox(label, 44);
  const distanceTo = (box: typeof choice) => Math.hypot(x - box.x, y - box.y);
  expect(distanceTo(choice)).toBeLessThan(distanceTo(after) / 2);
  // What both answers have in common says nothing of either.
  const trunk = routes.get('choice>after')?.[1];
  expect(direction === 'right' ? x : y).toBeGreaterThan((direction === 'right' ? trunk?.x : trunk?.y) ?? Infinity);
});

const line = (...points: [number, number][]) => points.map(([x, y]) => ({ x, y }));
const box = (x: number, y: number, width: number, height: number) => ({ x, y, width, height });

test('a text stands above a line that goes to the right, where it begins', () => {
  const routes = new Map([['l', line([0, 0], [400, 0])]]);
  expect(placeLabels([{ id: 'l', label: 44 }], { boxes: new Map(), routes }, true).get('l')).toEqual({ x: 30, y: -6, anchor: 'middle', room: 44 });
});

test('a text stands beside a line that goes down, where it begins', () => {
  const routes = new Map([['l', line([0, 0], [0, 400])]]);
  expect(placeLabels([{ id: 'l', label: 44 }], { boxes: new Map(), routes }, false).get('l')).toEqual({ x: 7, y: 19, anchor: 'start', room: 44 });
});

test('a text makes way for a node, and for the text before it', () => {
  const boxes = new Map([['n', box(30, -20, 60, 30)]]);
  const routes = new Map([['l', line([0, 0], [400, 0])], ['m', line([0, 30], [400, 30])]]);
  const labels = placeLabels([{ id: 'l', label: 44 }, { id: 'm', label: 44 }], { boxes, routes }, true);
  expect(labels.get('l')).toMatchObject({ x: 30, y: 14 });
  expect(labels.get('m')).toMatchObject({ x: 30, y: 44 });
});

test('a text that finds no room is shortened before it hides anything', () => {
  const boxes = new Map([['one', box(-100, 0, 200, 100)], ['other', box(160, 0, 200, 100)]]);
  const routes = new Map([['l', line([0, 0], [60, 0])]]);
  expect(placeLabels([{ id: 'l', label: 132 }], { boxes, routes }, true).get('l')).toMatchObject({ x: 30, room: 44 });
});

test('where there is no text, there is no place', () => {
  const routes = new Map([['l', line([0, 0], [400, 0])]]);
  expect(placeLabels([{ id: 'l', label: 0 }], { boxes: new Map(), routes }, true).size).toBe(0);
});
