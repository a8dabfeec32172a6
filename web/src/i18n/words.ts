import { language, type Language } from './language.svelte';

/** A text that somebody wrote for both languages, or one that is the same in both. */
export type Words = string | { zh: string; en: string };

/** The words in the page's language; in the other one when somebody wrote only that. Reactive. */
export function wordsIn(words: Words | null | undefined, wanted: Language = language.current): string {
  if (words === null || words === undefined) return '';
  if (typeof words === 'string') return words;
  const [first, second] = wanted === 'zh-CN' ? [words.zh, words.en] : [words.en, words.zh];
  return first.trim() === '' ? second : first;
}
