import { expect, it } from 'vitest';
import { adviceFor, detailOf } from './steps';

function failed(name: string, code: string) {
  return { name, ok: false, code, note: 'what the server says' };
}

it('the same code is another advice at another step', () => {
  expect(adviceFor(failed('connect', 'refused'))).toContain('sshd runs there');
  expect(adviceFor(failed('sftp', 'refused'))).toContain('sftp');
  expect(adviceFor(failed('disk', 'disk'))).not.toBe(adviceFor(failed('folder', 'disk')));
});

it('what only the server knows is shown beside the advice, and what is said already is not', () => {
  expect(detailOf(failed('tools', 'tools'))).toBe('what the server says');
  expect(detailOf(failed('sign_in', 'user_rejected'))).toBe('');
  expect(detailOf(failed('connect', 'refused'))).toBe('');
});

it('a code of a newer server keeps its note', () => {
  expect(adviceFor(failed('quota', 'quota'))).toBeNull();
  expect(detailOf(failed('quota', 'quota'))).toBe('what the server says');
});
