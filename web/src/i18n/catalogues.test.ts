import { expect, test } from 'vitest';
import type { Message, Translate } from './messages';

const modules = import.meta.glob<{ t?: Translate<string> }>('../**/messages.ts', { eager: true });
const features = Object.entries(modules).flatMap(([path, { t }]) => (t ? [{ path, t }] : []));

function textsOf(message: Message | undefined): string[] {
  if (message === undefined) return [];
  return typeof message === 'string' ? [message] : Object.values(message);
}

function parametersOf(message: Message | undefined): string[] {
  const names = textsOf(message).flatMap((text) => text.match(/\{\w+\}/g) ?? []);
  return [...new Set(names)].sort();
}

test('there are catalogues', () => {
  expect(features.length).toBeGreaterThan(4);
});

test.each(features)('$path has the same keys and parameters in both languages', ({ t }) => {
  const { en, 'zh-CN': chinese } = t.catalogues;
  expect(Object.keys(chinese).sort()).toEqual(Object.keys(en).sort());
  for (const key of Object.keys(en)) {
    expect({ key, parameters: parametersOf(chinese[key]) }).toEqual({ key, parameters: parametersOf(en[key]) });
  }
});

test.each(features)('$path says something for every key', ({ t }) => {
  for (const catalogue of Object.values(t.catalogues)) {
    for (const [key, message] of Object.entries(catalogue)) {
      expect(textsOf(message).every((text) => text.trim() !== ''), key).toBe(true);
    }
  }
});
