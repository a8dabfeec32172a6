import { expect, it } from 'vitest';
import { markOf } from './mark';

it('a mark stands at the characters that the server counted', () => {
  expect(markOf("kind == '🏖病假' && dyas > 1", 17, 21)).toEqual({ before: "kind == '🏖病假' && ", marked: 'dyas', after: ' > 1' });
});

it('where a text ends too early, the place behind it is marked', () => {
  expect(markOf('price >', 7, 8)).toEqual({ before: 'price >', marked: '\u00A0', after: '' });
});
