import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { unreachableServer } from '../../api/problem';
import { Autosave } from './autosave.svelte';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A server that answers when it is told to. */
function saver(): {
  autosave: Autosave<string>;
  saved: string[];
  answer: () => Promise<void>;
  fail: () => Promise<void>;
} {
  const saved: string[] = [];
  const waiting: { resolve: (answer: { saved_at: number }) => void; reject: (cause: unknown) => void }[] = [];
  const save = (content: string): Promise<{ saved_at: number }> => {
    saved.push(content);
    return new Promise((resolve, reject) => waiting.push({ resolve, reject }));
  };
  const autosave = new Autosave<string>({ save, savedAt: 1, restMs: 800, retryMs: 4_000 });
  const settled = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);
  return {
    autosave,
    saved,
    answer: async () => {
      waiting.shift()?.resolve({ saved_at: 100 + saved.length });
      await settled();
    },
    fail: async () => {
      waiting.shift()?.reject(unreachableServer());
      await settled();
    },
  };
}

test('typing is saved once it rests', async () => {
  const { autosave, saved, answer } = saver();
  autosave.change('a');
  await vi.advanceTimersByTimeAsync(700);
  autosave.change('ab');
  await vi.advanceTimersByTimeAsync(700);
  expect([saved, autosave.state]).toEqual([[], 'waiting']);
  await vi.advanceTimersByTimeAsync(100);
  expect([saved, autosave.state]).toEqual([['ab'], 'saving']);
  await answer();
  expect([autosave.state, autosave.savedAt]).toEqual(['saved', 101]);
});

test('what is typed while it is being saved is saved afterwards, one request at a time', async () => {
  const { autosave, saved, answer } = saver();
  autosave.change('a');
  await vi.advanceTimersByTimeAsync(800);
  autosave.change('ab');
  autosave.change('abc');
  await vi.advanceTimersByTimeAsync(5_000);
  expect(saved).toEqual(['a']);
  await answer();
  expect(autosave.state).toBe('waiting');
  await vi.advanceTimersByTimeAsync(800);
  expect(saved).toEqual(['a', 'abc']);
  await answer();
  expect(autosave.state).toBe('saved');
});

test('what could not be saved says so, and is tried again', async () => {
  const { autosave, saved, answer, fail } = saver();
  autosave.change('a');
  await vi.advanceTimersByTimeAsync(800);
  await fail();
  expect([autosave.state, autosave.problem?.status]).toEqual(['failed', 0]);
  await vi.advanceTimersByTimeAsync(4_000);
  expect(saved).toEqual(['a', 'a']);
  await answer();
  expect([autosave.state, autosave.problem]).toEqual(['saved', null]);
});

test('flush saves at once what waits, after the request that is under way', async () => {
  const { autosave, saved, answer } = saver();
  autosave.change('a');
  await vi.advanceTimersByTimeAsync(800);
  autosave.change('ab');
  const flushed = autosave.flush();
  await answer();
  expect(saved).toEqual(['a', 'ab']);
  await answer();
  await flushed;
  expect(autosave.state).toBe('saved');
});

test('after stop nothing is saved any more', async () => {
  const { autosave, saved } = saver();
  autosave.change('a');
  await autosave.stop();
  autosave.change('ab');
  await vi.advanceTimersByTimeAsync(10_000);
  expect([saved, autosave.isDirty]).toEqual([[], false]);
});
