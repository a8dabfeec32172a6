import { describe, expect, it } from 'vitest';
import { findIn, LineCounts, Lines } from './lines';
import type { OutputBody, OutputEntry } from './types';

function linesOf(...bodies: OutputBody[]): Lines {
  const lines = new Lines();
  for (const [index, body] of bodies.entries()) lines.add(entry(index + 1, body));
  return lines;
}

function entry(seq: number, body: OutputBody): OutputEntry {
  return { seq, at: seq * 100, kind: 'output', body };
}

const texts = (lines: Lines) => lines.all.map(({ text }) => text);

describe('the lines of an output', () => {
  it('pieces may begin and end anywhere in a line', () => {
    const lines = linesOf({ text: 'one\ntw' }, { text: 'o\nthree\n' }, { text: 'four' });
    expect(texts(lines)).toEqual(['one', 'two', 'three', 'four']);
    expect(lines.all.map(({ seq }) => seq)).toEqual([1, 1, 2, 3]);
    expect(lines.ended).toBe(3);
  });

  it('empty lines are lines', () => {
    expect(texts(linesOf({ text: '\n\n' }, { text: '\na' }))).toEqual(['', '', '', 'a']);
  });

  it('numbers count lines, whatever pieces they came in', () => {
    expect(linesOf({ text: 'a' }, { text: 'b' }, { text: 'c\nd\n' }).all.map(({ index }) => index)).toEqual([0, 1]);
    const counts = new LineCounts();
    counts.add([entry(1, { text: 'a' }), entry(2, { text: 'b\nc\n' }), entry(9, { text: '\n' })]);
    expect([1, 2, 3, 10].map((seq) => counts.before(seq))).toEqual([0, 0, 2, null]);
  });

  it('a colour goes on into the next line', () => {
    const lines = linesOf({ text: '\u001b[31mfirst\n' }, { text: 'second\u001b[0m\nthird' });
    expect(lines.all.map(({ start }) => start.ink)).toEqual([null, 1, null]);
  });

  it('a line without an end goes on in a further row, which has no number', () => {
    const lines = linesOf({ text: 'x'.repeat(3_000) }, { text: `${'x'.repeat(3_000)}\nnext` });
    expect(lines.all.map(({ text, index }) => [text.length, index])).toEqual([[4_000, 0], [2_000, null], [4, 1]]);
  });

  it('a progress that writes over itself shows where it stands', () => {
    expect(texts(linesOf({ text: '10%' }, { text: '\r50%' }, { text: '\r100%\ndone\n' }))).toEqual(['100%', 'done']);
    expect(texts(linesOf({ text: 'a\r' }, { text: '\n' }))).toEqual(['a\r']);
  });

  it('what was cut and how it ended stand as lines of their own', () => {
    const lines = linesOf({ text: 'unfinished' }, { cut: { kept: 10, total: 99 } }, { text: 'rest\n' }, { end: { exit: 3 } });
    expect(lines.all.map(({ text, mark }) => mark ?? text)).toEqual(['unfinished', { cut: { kept: 10, total: 99 } }, 'rest', { end: { exit: 3 } }]);
  });

  it('keeps the key of a line that goes on, as a new object', () => {
    const lines = new Lines();
    lines.add(entry(1, { text: 'a' }));
    const [before] = lines.all;
    lines.add(entry(2, { text: 'b' }));
    expect(lines.all[0]).not.toBe(before);
    expect(lines.all[0]?.key).toBe(before?.key);
  });

  it('words are found in the text that people see', () => {
    expect(findIn('\u001b[31mEr\u001b[0mror: error', 'ERROR')).toEqual([0, 7]);
    expect(findIn('anything', '')).toEqual([]);
  });
});
