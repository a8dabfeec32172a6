import { afterEach, expect, it } from 'vitest';
import { language } from '../../i18n/language.svelte';
import { durationText } from './duration';

afterEach(() => language.choose('en'));

it('minutes and seconds within the hour', () => {
  expect([durationText(0), durationText(9_000), durationText(59 * 60_000 + 59_999)]).toEqual(['00:00', '00:09', '59:59']);
});

it('hours within the day, days beyond', () => {
  expect(durationText(3 * 3_600_000 + 5 * 60_000)).toBe('3 h 05 min');
  expect(durationText(52 * 3_600_000)).toBe('2 d 04 h');
  language.choose('zh-CN');
  expect(durationText(52 * 3_600_000)).toBe('2 天 04 小时');
});

it('a clock that runs behind shows nothing negative', () => {
  expect(durationText(-5_000)).toBe('00:00');
});
