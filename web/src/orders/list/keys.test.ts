import { afterEach, expect, it } from 'vitest';
import { listKey } from './keys';

afterEach(() => document.body.replaceChildren());

function pressed(key: string, target: Element = document.body, more: KeyboardEventInit = {}): KeyboardEvent {
  let heard: KeyboardEvent | undefined;
  document.body.append(target);
  target.addEventListener('keydown', (event) => (heard = event as KeyboardEvent), { once: true });
  target.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, ...more }));
  if (!heard) throw new Error('nothing was heard');
  return heard;
}

function element(tag: string, role?: string): HTMLElement {
  const made = document.createElement(tag);
  if (role) made.setAttribute('role', role);
  return made;
}

it('j and k move, Enter opens, a approves, r rejects, x selects', () => {
  const row = element('div', 'row');
  const actions = ['j', 'k', 'Enter', 'a', 'r', 'x'].map((key) => listKey(pressed(key, row)));
  expect(actions).toEqual(['next', 'previous', 'open', 'approve', 'reject', 'select']);
});

it('arrows move only from a row', () => {
  expect(listKey(pressed('ArrowDown', element('div', 'row')))).toBe('next');
  expect(listKey(pressed('ArrowDown', element('div')))).toBeNull();
});

it('letters that are typed into a field are text', () => {
  expect(listKey(pressed('a', element('textarea')))).toBeNull();
  expect(listKey(pressed('r', element('input')))).toBeNull();
});

it('nothing happens behind a dialog', () => {
  const dialog = element('dialog');
  const inside = element('p');
  dialog.append(inside);
  document.body.append(dialog);
  expect(listKey(pressed('j', dialog))).toBeNull();
});

it('Enter on a button or a link is theirs', () => {
  expect(listKey(pressed('Enter', element('button')))).toBeNull();
  expect(listKey(pressed('Enter', element('a')))).toBeNull();
});

it('shortcuts of the browser and keys of an input method are left alone', () => {
  const row = element('div', 'row');
  expect(listKey(pressed('a', row, { ctrlKey: true }))).toBeNull();
  expect(listKey(pressed('r', row, { metaKey: true }))).toBeNull();
  expect(listKey(pressed('a', row, { isComposing: true }))).toBeNull();
});
