import { expect, it } from 'vitest';
import { highlightedParts } from './highlight';

const marked = (text: string, query: string) =>
  highlightedParts(text, query).map((part) => (part.isHit ? `[${part.text}]` : part.text)).join('');

it('marks each word of the query, in any case', () => {
  expect(marked('Deploy the Web tier', 'web deploy')).toBe('[Deploy] the [Web] tier');
});

it('marks Chinese words', () => {
  expect(marked('回滚方案确认过了', '方案')).toBe('回滚[方案]确认过了');
});

it('takes signs as they are', () => {
  expect(marked('a.b (c)', '(c) a.b')).toBe('[a.b] [(c)]');
});

it('begins shortly before a hit that is far in', () => {
  expect(marked(`${'x'.repeat(200)}hit`, 'hit')).toBe(`…${'x'.repeat(40)}[hit]`);
});
