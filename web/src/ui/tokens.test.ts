import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { contrast } from './contrast';

const css = readFileSync('src/ui/tokens.css', 'utf8');

function blockAfter(selector: string): Record<string, string> {
  const start = css.indexOf(`${selector} {`);
  const body = css.slice(start, css.indexOf('}', start));
  const pairs = [...body.matchAll(/--([\w-]+):\s*([^;]+);/g)];
  return Object.fromEntries(pairs.map(([, name, value]) => [name ?? '', value ?? '']));
}

const light = blockAfter(':root');
const dark = { ...light, ...blockAfter(':root[data-theme="dark"]') };

const surfaces = ['bg', 'panel', 'raised', 'hover', 'idle-bg'];
const pairs: [string, string][] = [
  ...['ink', 'soft', 'faint', 'brand', 'bad'].flatMap((text) =>
    surfaces.map((surface): [string, string] => [text, surface]),
  ),
  ...['ok', 'run', 'wait', 'bad'].map((state): [string, string] => [state, `${state}-bg`]),
  ['ink', 'brand-soft'],
  ['soft', 'brand-soft'],
  ['brand', 'brand-soft'],
  ['on-brand', 'brand-fill'],
  ['on-brand', 'brand-fill-hover'],
  ['on-brand', 'bad-fill'],
  ['on-brand', 'bad-fill-hover'],
];

test.each([
  ['light', light],
  ['dark', dark],
])('every text of the %s theme can be read', (_, theme) => {
  const tooFaint = pairs
    .map(([text, surface]) => ({ text, surface, ratio: contrast(theme[text], theme[surface]) }))
    .filter(({ ratio }) => !(ratio >= 4.5));
  expect(tooFaint).toEqual([]);
});

test.each([
  ['light', light],
  ['dark', dark],
])('the edges of fields in the %s theme can be seen', (_, theme) => {
  for (const surface of ['panel', 'raised']) {
    expect(contrast(theme['line-strong'], theme[surface])).toBeGreaterThanOrEqual(3);
  }
});

test('the dark theme is the same whether chosen or taken from the system', () => {
  expect(blockAfter(':root:not([data-theme="light"])')).toEqual(blockAfter(':root[data-theme="dark"]'));
});
