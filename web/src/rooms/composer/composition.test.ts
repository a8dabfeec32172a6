import { expect, it } from 'vitest';
import { Composition } from './composition';

const enter = { key: 'Enter', isComposing: false, keyCode: 13 };

it('leaves keys alone when nothing is composed', () => {
  expect(new Composition().owns(enter, 1_000)).toBe(false);
});

it('owns Enter while the browser says that it composes', () => {
  expect(new Composition().owns({ ...enter, isComposing: true }, 0)).toBe(true);
  expect(new Composition().owns({ ...enter, keyCode: 229 }, 0)).toBe(true);
});

it('owns Enter between start and end, whatever the event says', () => {
  const composition = new Composition();
  composition.started();
  expect(composition.owns(enter, 0)).toBe(true);
});

it('owns the Enter that Safari sends after the end, and not the next one', () => {
  const composition = new Composition();
  composition.started();
  composition.ended(1_000);
  expect(composition.owns(enter, 1_010)).toBe(true);
  expect(composition.owns(enter, 1_200)).toBe(false);
});
