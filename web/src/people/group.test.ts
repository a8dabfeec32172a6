import { expect, test } from 'vitest';
import { isName, nameFor } from './group';

test('a name is made of a title', () => {
  expect(nameFor('Finance & Tax')).toBe('finance-tax');
  expect(nameFor('  Équipe 2 ')).toBe('equipe-2');
  expect(nameFor('财务部（北京）')).toBe('财务部-北京');
  expect([...nameFor('long '.repeat(20))].length).toBeLessThanOrEqual(32);
  expect(nameFor('!?')).toBe('');
});

test('a name begins with a letter or a digit and has no spaces', () => {
  expect(['finance', 'ops_2', 'a.b-c', '财务部', nameFor('long '.repeat(20))].every(isName)).toBe(true);
  expect(['', '-ops', 'a b', 'a/b', 'a'.repeat(33)].some(isName)).toBe(false);
});
