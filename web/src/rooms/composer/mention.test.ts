import { describe, expect, it } from 'vitest';
import { complete, mentionAt } from './mention';

/** `|` is the caret. */
function at(marked: string) {
  return mentionAt(marked.replace('|', ''), marked.indexOf('|'))?.query ?? null;
}

describe('a mention is asked for', () => {
  it.each([
    ['@|', ''],
    ['@an|', 'an'],
    ['hi @an|', 'an'],
    ['你好@张|', '张'],
    ['(@an|', 'an'],
    ['@an|n later', 'an'],
  ])('%s', (marked, query) => expect(at(marked)).toBe(query));
});

describe('nobody is asked for', () => {
  it.each(['ann@example|', '@ann |', 'plain|', '@an n|', '|@ann'])('%s', (marked) => expect(at(marked)).toBeNull());
});

it('puts the name where it was typed, and the caret behind it', () => {
  const query = mentionAt('hi @an you', 6);
  expect(query && complete('hi @an you', query, 'ann')).toEqual({ text: 'hi @ann you', caret: 8 });
  const last = mentionAt('hi @an', 6);
  expect(last && complete('hi @an', last, 'ann')).toEqual({ text: 'hi @ann ', caret: 8 });
});
