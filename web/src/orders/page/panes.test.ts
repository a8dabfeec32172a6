import { expect, it } from 'vitest';
import { panesFor, type Pane } from './panes';

function shown(width: number, chosen: Pane): Pane[] {
  const layout = panesFor(width, chosen);
  return (['chat', 'diagram', 'side'] as const).filter((pane) => layout.shows(pane));
}

it('three panes stand side by side where there is room', () => {
  expect(shown(1200, 'chat')).toEqual(['chat', 'diagram', 'side']);
  expect(panesFor(1200, 'side').tabs).toEqual([]);
});

it('a narrower window has the diagram, and the talk or the rest', () => {
  expect(shown(800, 'side')).toEqual(['diagram', 'side']);
  expect(shown(800, 'chat')).toEqual(['chat', 'diagram']);
});

it('a phone has one at a time', () => {
  expect(shown(375, 'side')).toEqual(['side']);
  expect(shown(375, 'diagram')).toEqual(['diagram']);
});

it('nothing is drawn before the width is known', () => {
  expect(shown(0, 'side')).toEqual([]);
});
