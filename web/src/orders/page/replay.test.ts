import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { api } from '../../api/client';
import { change, drawn } from './fixtures';
import type { Order } from './order.svelte';
import { Replay } from './replay.svelte';

const changes = [change(2, 'a', 'waiting'), { ...change(5, 'a', 'done'), form_version: 2 }, { ...change(6, 'b', 'waiting'), form_version: 2 }];
let lastSeq = 8;

function replayed(): Replay {
  const view = { form: { what: 'new' }, form_version: 2, diagram_start: { nodes: [drawn('a', 'idle'), drawn('b', 'idle')], links: [] } };
  const order = { id: 1, view, changes, diagram: { nodes: [], links: [] } };
  return new Replay(Object.defineProperty(order, 'lastSeq', { get: () => lastSeq }) as unknown as Order);
}

const states = (replay: Replay) => replay.diagram.nodes.map(({ state }) => state);

beforeEach(() => {
  vi.useFakeTimers();
  lastSeq = 8;
  vi.spyOn(api, 'get').mockResolvedValue({ form: { what: 'old' }, at: 0, by: 2 });
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

it('shows the diagram and the form of the entry', async () => {
  const replay = replayed();
  replay.go(4);
  await vi.runAllTimersAsync();
  expect(states(replay)).toEqual(['waiting', 'idle']);
  expect(replay.form).toEqual({ values: { what: 'old' }, version: 1 });
  replay.go(5);
  expect(states(replay)).toEqual(['done', 'idle']);
  expect(replay.form).toEqual({ values: { what: 'new' }, version: 2 });
});

it('has no form before there was one', () => {
  const replay = replayed();
  replay.go(1);
  expect(replay.form).toBeNull();
});

it('steps from decision to decision, over the talk in between', () => {
  const replay = replayed();
  replay.go(4);
  replay.goToDecision(1);
  expect(replay.seq).toBe(5);
  replay.goToDecision(-1);
  expect(replay.seq).toBe(2);
  replay.goToDecision(-1);
  expect(replay.seq).toBe(1);
});

it('stays at its entry when something happens, and leaves only when it is told to', () => {
  const replay = replayed();
  replay.go(8);
  lastSeq = 9;
  expect(replay.position).toBe(8);
  expect(replay.isOn).toBe(true);
  replay.leave();
  expect(replay.seq).toBe(9);
});

it('plays from the first entry to the last, and stops there without leaving', async () => {
  const replay = replayed();
  replay.play();
  expect(replay.position).toBe(1);
  await vi.advanceTimersByTimeAsync(900);
  expect(replay.position).toBe(2);
  await vi.runAllTimersAsync();
  expect(replay.position).toBe(8);
  expect(replay.isPlaying).toBe(false);
  expect(replay.isOn).toBe(true);
});

it('goes no further than the log', () => {
  const replay = replayed();
  replay.go(400);
  expect(replay.position).toBe(8);
  replay.go(-3);
  expect(replay.position).toBe(1);
});
