import { expect, it } from 'vitest';
import { SlashCompletion } from './slash.svelte';

const commands = ['/approve', '/reject', '/nudge'].map((name) => ({ name, text: name, takesWords: name !== '/nudge' }));

function offered(text: string): string[] {
  const completion = new SlashCompletion();
  completion.look(text, commands);
  return completion.found.map(({ name }) => name);
}

it('a slash offers every command, letters fewer', () => {
  expect(offered('/')).toEqual(['/approve', '/reject', '/nudge']);
  expect(offered('/re')).toEqual(['/reject']);
});

it('a command that was typed to its end needs no completion', () => {
  expect(offered('/approve')).toEqual([]);
  expect(offered('/reject too expensive')).toEqual([]);
});

it('a slash inside of a sentence is a slash', () => {
  expect(offered('and /or')).toEqual([]);
});

it('arrows choose, Tab takes', () => {
  const completion = new SlashCompletion();
  completion.look('/', commands);
  const taken: string[] = [];
  const press = (key: string) => completion.takes(new KeyboardEvent('keydown', { key }), ({ name }) => taken.push(name));
  expect([press('ArrowDown'), press('Tab'), press('a')]).toEqual([true, true, false]);
  expect(taken).toEqual(['/reject']);
});
