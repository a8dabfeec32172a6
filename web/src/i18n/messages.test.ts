import { afterEach, expect, test } from 'vitest';
import { formatBytes, formatRelative, formatShort } from './format';
import { language, preferredLanguage } from './language.svelte';
import { defineMessages } from './messages';

const t = defineMessages({
  en: { hello: 'Hello, {name}', rooms: { one: '{count} room', other: '{count} rooms' } },
  'zh-CN': { hello: '你好，{name}', rooms: '{count} 个群聊' },
});

afterEach(() => language.choose('en'));

test('a sentence takes its parameters', () => {
  expect(t('hello', { name: '张坤' })).toBe('Hello, 张坤');
});

test('the language can change under way', () => {
  language.choose('zh-CN');
  expect(t('hello', { name: '张坤' })).toBe('你好，张坤');
});

test('the plural form follows the rules of the language', () => {
  expect(t('rooms', { count: 1 })).toBe('1 room');
  expect(t('rooms', { count: 1200 })).toBe('1,200 rooms');
  language.choose('zh-CN');
  expect(t('rooms', { count: 1 })).toBe('1 个群聊');
});

test('a parameter that is missing stays visible', () => {
  expect(t('hello')).toBe('Hello, {name}');
});

test('a name with braces is not taken for a parameter', () => {
  expect(t('hello', { name: '{count}' })).toBe('Hello, {count}');
});

test('both catalogues must have the same keys', () => {
  defineMessages({
    en: { one: 'One', two: 'Two' },
    // @ts-expect-error -- `two` is missing
    'zh-CN': { one: '一' },
  });
});

test('the first language of the browser that we speak wins', () => {
  expect(preferredLanguage(['zh-TW', 'en'])).toBe('zh-CN');
  expect(preferredLanguage(['fr', 'en-GB', 'zh'])).toBe('en');
  expect(preferredLanguage(['de'])).toBe('en');
});

const now = new Date(2024, 10, 23, 12, 0).getTime();

test('times near by are told in words', () => {
  expect(formatRelative(now - 20_000, now)).toBe('now');
  expect(formatRelative(now - 5 * 60_000, now)).toBe('5 minutes ago');
  expect(formatRelative(now + 3 * 86_400_000, now)).toBe('in 3 days');
  language.choose('zh-CN');
  expect(formatRelative(now - 86_400_000, now)).toBe('昨天');
});

test('today has a time, another day a date, another year the year', () => {
  expect(formatShort(new Date(2024, 10, 23, 9, 58).getTime(), now)).toBe('09:58');
  expect(formatShort(new Date(2024, 9, 1).getTime(), now)).toBe('Oct 1');
  expect(formatShort(new Date(2023, 9, 1).getTime(), now)).toBe('Oct 1, 2023');
});

test('sizes have a unit', () => {
  expect(formatBytes(1)).toBe('1 byte');
  expect(formatBytes(1_258_291)).toBe('1.2 MB');
});
