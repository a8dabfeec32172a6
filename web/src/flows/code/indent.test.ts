import { expect, test } from 'vitest';
import { broken, indented, outdented, type Selected } from './indent';

/** `[` and `]` are the ends of the selection, or `|` is the cursor. */
function check(change: (selected: Selected) => Selected, before: string, after: string): void {
  const { text, start, end } = change(read(before));
  expect({ text, start, end }).toEqual(read(after));
}

function read(marked: string): Selected {
  const cursor = marked.indexOf('|');
  if (cursor !== -1) return { text: marked.replace('|', ''), start: cursor, end: cursor };
  const [start, end] = [marked.indexOf('['), marked.indexOf(']') - 1];
  return { text: marked.replace('[', '').replace(']', ''), start, end };
}

test('tab puts spaces at the cursor, and moves selected lines', () => {
  check(indented, 'a|b', 'a  |b');
  check(indented, '[a]b', '  |b');
  check(indented, 'x\n[a\n\nb]\ny', 'x\n  [a\n\n  b]\ny');
  check(indented, '[a\n]b', '  [a\n]b');
});

test('shift and tab move lines back, as far as they go', () => {
  check(outdented, '    a|', '  a|');
  check(outdented, '[  a\n b]', '[a\nb]');
  check(outdented, '|a', '|a');
});

test('a new line begins where the line before does', () => {
  check(broken, '  a|b', '  a\n  |b');
  check(broken, 'a[b]c', 'a\n|c');
});
