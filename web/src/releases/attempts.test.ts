import { expect, test } from 'vitest';
import { attemptsUntil } from './attempts';
import type { RunHost } from './types';

function attempt(number: number, state: RunHost['state'], log: string | null): RunHost {
  const output = log === null ? null : { log, last_seq: 1, cut: false };
  return { host: 'web-1', attempt: number, state, exit: null, note: null, started_ms: 0, ended_ms: null, progress: null, output };
}

const known = [attempt(3, 'failed', 'o3'), attempt(2, 'failed', 'o2'), attempt(1, 'failed', 'o1')];

test('attempts stand in order, the last one as it is now', () => {
  const told = attemptsUntil(attempt(3, 'running', 'o3'), known).map(({ attempt: number, state }) => `${number} ${state}`);
  expect(told).toEqual(['1 failed', '2 failed', '3 running']);
});

test('at a moment of the past there are only those of that time, with what they wrote', () => {
  const then = attemptsUntil(attempt(2, 'running', null), known);
  expect(then.map(({ output }) => output?.log)).toEqual(['o1', 'o2']);
});

test('a host that begins again has no output yet', () => {
  expect(attemptsUntil(attempt(4, 'waiting', null), known).at(-1)?.output).toBeNull();
});
