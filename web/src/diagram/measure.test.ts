import { expect, test } from 'vitest';
import { ellipsize, widthOf, wrapText } from './measure';

test('a Chinese character is as wide as the font is high', () => {
  expect(widthOf('审批', 13)).toBe(26);
});

test('a text that fits stays whole', () => {
  expect(ellipsize('Approve', 100, 13)).toBe('Approve');
  expect(wrapText('Approve', 100, 13, 2)).toEqual(['Approve']);
});

test('a text that is too wide ends in an ellipsis within the width', () => {
  const cut = ellipsize('一二三四五六七八九十', 70, 13);
  expect(cut).toMatch(/^一二三四?…$/u);
  expect(widthOf(cut, 13)).toBeLessThanOrEqual(70);
});

test('words wrap whole and in order', () => {
  const lines = wrapText('Approval of the operations team', 120, 13, 3);
  expect(lines.length).toBeGreaterThan(1);
  expect(lines.join(' ')).toBe('Approval of the operations team');
  for (const line of lines) expect(widthOf(line, 13)).toBeLessThanOrEqual(120);
});

test('a closing mark never begins a line', () => {
  for (const line of wrapText('是否为生产环境？请确认。', 66, 13, 4)) expect(line).not.toMatch(/^[？。]/u);
});

test('what does not fit on the last line is cut there', () => {
  const lines = wrapText('one two three four five six seven eight nine ten', 80, 13, 2);
  expect(lines).toHaveLength(2);
  expect(lines[1]).toMatch(/…$/);
});

test('one long word is cut, not broken', () => {
  expect(wrapText('abcdefghijklmnopqrstuvwxyz', 60, 13, 2)).toEqual([expect.stringMatching(/^abc.*…$/)]);
});

test('an empty text is one empty line', () => {
  expect(wrapText('', 60, 13, 2)).toEqual(['']);
});
