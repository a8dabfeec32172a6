import { expect, test } from 'vitest';
import { wordsIn } from './words';

test('words are shown in the language of the page', () => {
  const leave = { zh: '请假', en: 'Leave' };
  expect(wordsIn(leave, 'zh-CN')).toBe('请假');
  expect(wordsIn(leave, 'en')).toBe('Leave');
  expect(wordsIn('Leave', 'zh-CN')).toBe('Leave');
});

test('words that somebody wrote in one language only are better than none', () => {
  expect(wordsIn({ zh: '请假', en: '' }, 'en')).toBe('请假');
  expect(wordsIn(undefined)).toBe('');
});
