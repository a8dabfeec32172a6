import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ApiProblem } from '../api/client';
import type { Ack } from '../api/types';
import { fakeLive } from './fakes';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const say = (command: string) => ({ type: 'say', room: 7, text: command, command }) as const;
const ackOf = (command: string): Ack => ({ type: 'ack', command, room: 7, seq: 12, at: 1 });
const problem = (status: number) => ({ type: '/problems/some', title: 'some', status });

async function online() {
  const live = fakeLive();
  live.core.start();
  live.last().events.opened();
  await vi.advanceTimersByTimeAsync(6_000);
  return live;
}

it('sends over the socket and resolves with the acknowledgement', async () => {
  const { core, last, post } = await online();
  const sent = core.outbox.send(say('c-1'));
  expect(last().commands()).toEqual([say('c-1')]);
  last().say(ackOf('c-1'));
  await expect(sent).resolves.toMatchObject({ seq: 12 });
  expect(post).not.toHaveBeenCalled();
});

it('gives a command an id of its own', async () => {
  const { core, last } = await online();
  void core.outbox.send({ type: 'say', room: 7, text: 'hello' });
  expect(last().commands()).toEqual([expect.objectContaining({ command: expect.stringMatching(/^[0-9a-f]{32}$/) })]);
});

it('sends again with the same id after a reconnect, and resolves once', async () => {
  const { core, last } = await online();
  const sent = core.outbox.send(say('c-1'));
  last().events.closed('failed');
  await vi.advanceTimersByTimeAsync(300);
  last().events.opened();
  expect(last().commands()).toEqual([say('c-1')]);
  last().say(ackOf('c-1'));
  await sent;
  last().events.closed('failed');
  await vi.advanceTimersByTimeAsync(1_000);
  last().events.opened();
  expect(last().commands()).toEqual([]);
  expect(core.outbox.size).toBe(0);
});

it('posts when the connection carries no commands, one after the other', async () => {
  const live = fakeLive({ setting: 'sse' });
  const answers: ((ack: Ack) => void)[] = [];
  live.post.mockImplementation(() => new Promise((resolve) => answers.push(resolve)));
  live.core.start();
  live.last().events.opened();
  const first = live.core.outbox.send(say('c-1'));
  const second = live.core.outbox.send(say('c-2'));
  expect(live.post).toHaveBeenCalledTimes(1);
  answers[0]?.(ackOf('c-1'));
  await first;
  await vi.advanceTimersByTimeAsync(0);
  expect(live.post).toHaveBeenCalledTimes(2);
  answers[1]?.(ackOf('c-2'));
  await second;
});

it('rejects with the problem when the server refuses', async () => {
  const { core, last } = await online();
  const sent = core.outbox.send(say('c-1'));
  last().say({ type: 'refused', command: 'c-1', problem: problem(403) });
  await expect(sent).rejects.toBeInstanceOf(ApiProblem);
  expect(core.outbox.size).toBe(0);
});

it('tries again when the answer is only that the server is busy', async () => {
  const { core, last } = await online();
  const sent = core.outbox.send(say('c-1'));
  last().say({ type: 'refused', command: 'c-1', problem: problem(503) });
  await vi.advanceTimersByTimeAsync(1_000);
  expect(last().commands()).toEqual([say('c-1'), say('c-1')]);
  last().say(ackOf('c-1'));
  await sent;
});

it('waits as long as Retry-After says', async () => {
  const live = fakeLive({ setting: 'long_poll' });
  live.post.mockRejectedValueOnce(new ApiProblem(problem(429), 7));
  live.core.start();
  live.last().events.opened();
  void live.core.outbox.send(say('c-1'));
  await vi.advanceTimersByTimeAsync(6_999);
  expect(live.post).toHaveBeenCalledTimes(1);
  await vi.advanceTimersByTimeAsync(1);
  expect(live.post).toHaveBeenCalledTimes(2);
});

it('asks again within a minute, however long the server wants it to wait', async () => {
  const live = fakeLive({ setting: 'long_poll' });
  live.post.mockRejectedValueOnce(new ApiProblem(problem(429), 86_400));
  live.core.start();
  live.last().events.opened();
  void live.core.outbox.send(say('c-1'));
  await vi.advanceTimersByTimeAsync(60_000);
  expect(live.post).toHaveBeenCalledTimes(2);
});

it('takes a second nudge within the hour for refused, and goes on with what was said after it', async () => {
  const { core, last } = await online();
  const nudge = core.outbox.send(say('c-1'));
  void core.outbox.send(say('c-2'));
  last().say({ type: 'refused', command: 'c-1', problem: { ...problem(409), type: '/problems/nudged_recently' } });
  await expect(nudge).rejects.toBeInstanceOf(ApiProblem);
  expect(core.outbox.size).toBe(1);
});

it('keeps at most sixteen commands unanswered on a socket', async () => {
  const { core, last } = await online();
  for (let number = 1; number <= 20; number += 1) void core.outbox.send(say(`c-${number}`));
  expect(last().commands()).toHaveLength(16);
  last().say(ackOf('c-1'));
  expect(last().commands()).toHaveLength(17);
});
