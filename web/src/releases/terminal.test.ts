import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { contrast } from '../ui/contrast';

const css = readFileSync('src/releases/terminal.css', 'utf8');
const colours = Object.fromEntries([...css.matchAll(/--([\w-]+):\s*(#[0-9a-f]{6});/g)].map(([, name, value]) => [name ?? '', value ?? '']));

test('every colour of the terminal can be read on it, and the terminal’s own on every colour', () => {
  const inks = Object.keys(colours).filter((name) => name.startsWith('ansi-') || name === 'terminal-ink' || name === 'terminal-faint');
  expect(inks).toHaveLength(18);
  expect(inks.filter((name) => contrast(colours[name], colours.terminal) < 4.5)).toEqual([]);
});

test('what is found and what is pointed at can be read', () => {
  expect(contrast(colours['terminal-found-ink'], colours['terminal-found'])).toBeGreaterThanOrEqual(4.5);
  for (const ink of ['terminal-ink', 'ansi-9', 'terminal-faint']) {
    expect(contrast(colours[ink], colours['terminal-current'])).toBeGreaterThanOrEqual(4.5);
  }
  expect(contrast(colours['terminal-faint'], colours['terminal-hover'])).toBeGreaterThanOrEqual(4.5);
});
