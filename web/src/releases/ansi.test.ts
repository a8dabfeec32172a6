import { describe, expect, it } from 'vitest';
import { lookAfter, parseAnsi, PLAIN, plainText } from './ansi';
import { lookOf, paletteColour } from './colours';

const E = '\u001b';

function looks(text: string): [string, string][] {
  return parseAnsi(text, PLAIN).spans.map((span) => [span.text, lookOf(span).classes]);
}

describe('the colours of a terminal', () => {
  it('text without escapes is one plain piece', () => {
    expect(looks('hello')).toEqual([['hello', '']]);
    expect(looks('')).toEqual([]);
  });

  it('the sixteen colours are classes, the bright ones from eight on', () => {
    expect(looks(`${E}[31mred${E}[0m ${E}[92mgreen${E}[39m.`)).toEqual([
      ['red', 'ink-1'],
      [' ', ''],
      ['green', 'ink-10'],
      ['.', ''],
    ]);
    expect(looks(`${E}[44;97mbright on blue`)).toEqual([['bright on blue', 'ink-15 surface-4']]);
  });

  it('weights add up and are taken back one by one', () => {
    expect(looks(`${E}[1;4mboth${E}[22mline${E}[24mnone`)).toEqual([
      ['both', 'bold underline'],
      ['line', 'underline'],
      ['none', ''],
    ]);
  });

  it('an empty sequence resets, and inverse turns the two around', () => {
    expect(looks(`${E}[31mred${E}[mplain`)).toEqual([['red', 'ink-1'], ['plain', '']]);
    expect(looks(`${E}[7mturned`)).toEqual([['turned', 'ink-surface surface-ink']]);
    expect(looks(`${E}[32;7mturned`)).toEqual([['turned', 'ink-surface surface-2']]);
  });

  it('knows the 256 colours and colours of their own, in both spellings', () => {
    const colour = (text: string) => parseAnsi(text, PLAIN).spans.map((span) => lookOf(span).ink);
    expect(colour(`${E}[38;5;196mred`)).toEqual(['rgb(255 0 0)']);
    expect(colour(`${E}[38:5:244mgrey`)).toEqual(['rgb(128 128 128)']);
    expect(colour(`${E}[38;2;1;20;300mown`)).toEqual(['#0114ff']);
    expect(looks(`${E}[38;5;3myellow`)).toEqual([['yellow', 'ink-3']]);
    expect(paletteColour(21)).toBe('rgb(0 0 255)');
    expect(paletteColour(255)).toBe('rgb(238 238 238)');
  });

  it('leaves out what moves cursors, sets titles or rings bells', () => {
    expect(looks(`a${E}[2K${E}[1;5Hb${E}]0;title\u0007c${E}(Bd\u0007\u0000e`).map(([text]) => text).join('')).toBe('abcde');
    expect(plainText(`${E}]8;;https://example.org${E}\\link${E}]8;;${E}\\`)).toBe('link');
  });

  it('an escape that is cut off at the end shows nothing', () => {
    expect(plainText(`done${E}`)).toBe('done');
    expect(plainText(`done${E}[`)).toBe('done');
  });

  it('tells the look that goes on into the next line', () => {
    expect(lookAfter(`${E}[33mwarning`, PLAIN).ink).toBe(3);
    const before = { ...PLAIN, bold: true };
    expect(lookAfter('plain', before)).toBe(before);
  });
});
