import { describe, expect, it } from 'vitest';
import type { OrderChange, OrderEvent } from '../orders/page/types';
import { withFound } from './marks';
import { parseAnsi, PLAIN } from './ansi';
import { hostToShow, progressOf, progressOfParts, runAfter } from './run';
import { withProgress } from './releases.svelte';
import type { HostState, Run, RunHost } from './types';

function host(name: string | null, state: HostState, progress: number | null = null): RunHost {
  const output = { log: `o-${name ?? 'local'}`, last_seq: 1, cut: false };
  return { host: name, attempt: 1, state, exit: null, note: null, started_ms: 0, ended_ms: null, progress, output };
}

function run(hosts: RunHost[], changes: Partial<Run> = {}): Run {
  return {
    node: 'push',
    attempt: 1,
    state: 'running',
    paused: false,
    only_hosts: [],
    application: 'web',
    environment: 'staging',
    waits_for: null,
    script: null,
    started_ms: 0,
    ended_ms: null,
    note: null,
    batches: [hosts.flatMap(({ host: name }) => (name === null ? [] : [name]))],
    hosts,
    artifacts: [],
    ...changes,
  };
}

describe('how far a run is', () => {
  const five = ['succeeded', 'failed', 'running', 'waiting', 'waiting'].map((state, index) => host(`web-${index + 1}`, state as HostState));

  it('counts hosts, and those that run by what they say', () => {
    const progress = progressOf(run(five), (name) => (name === 'web-3' ? 50 : null));
    expect(progress).toMatchObject({ all: 5, done: 1, failed: 1, running: 1, percent: 50 });
  });

  it('names the batch that is on its way', () => {
    const batches = [['web-1'], ['web-2', 'web-3'], ['web-4', 'web-5']];
    expect(progressOf(run(five, { batches }))).toMatchObject({ batch: 2, batches: 3 });
    expect(progressOf(run(five, { batches, state: 'failed' })).batch).toBeNull();
    expect(progressOf(run(five)).batch).toBeNull();
  });

  it('a script on the server itself that says nothing has no percentage', () => {
    expect(progressOf(run([host(null, 'running')])).percent).toBeNull();
    expect(progressOf(run([host(null, 'running', 40)])).percent).toBe(40);
  });

  it('is drawn at the parts of the diagram that run now', () => {
    const parts = progressOfParts([run(five)], (_, name) => (name === 'web-3' ? 68 : null));
    expect([...parts]).toEqual([['push', 53], ['push/web-3', 68]]);
    const text = { zh: '推送', en: 'Push' };
    const drawn = (id: string, kind: string) => ({ id, kind, shape: 'rectangle' as const, text, state: 'running' as const });
    const [push, web] = withProgress({ nodes: [drawn('push', 'run'), drawn('push/web-3', 'host')], links: [] }, parts).nodes;
    expect(push?.progress).toBe(53);
    expect(web).toMatchObject({ progress: 68, note: { zh: '68%', en: '68%' } });
  });

  it('shows the host that was asked for, else the one that says most', () => {
    expect(hostToShow(run(five), 'web-4')?.host).toBe('web-4');
    expect(hostToShow(run(five), null)?.host).toBe('web-2');
    expect(hostToShow(run(five.filter(({ state }) => state !== 'failed')), null)?.host).toBe('web-3');
    expect(hostToShow(run([]), null)).toBeNull();
  });
});

describe('a run at an earlier moment', () => {
  const events = (...all: object[]): OrderChange[] => [
    { seq: 1, at: 0, by: null, changes: { nodes: [], links: [] }, status: 'running', form_version: 1, events: all as OrderEvent[] },
  ];
  const at = (at_ms: number, event: object) => ({ at_ms, by: 'system', node: 'push', attempt: 1, ...event });
  const now = run([host('web-1', 'succeeded'), host('web-2', 'failed')], { state: 'failed' });
  const requested = at(1, { event: 'run_requested', run: { attempt: 1 } });
  const started = at(2, { event: 'run_started', hosts: ['web-1', 'web-2'] });
  const first = at(3, { event: 'host_changed', host: 'web-1', state: 'running' });

  it('was not there before it was asked for', () => {
    expect(runAfter(now, events(at(1, { event: 'entered' })))).toBeNull();
    expect(runAfter(now, events(requested))).toMatchObject({ state: 'requested', hosts: [] });
  });

  it('has its hosts as they stood, with what they had written', () => {
    const then = runAfter(now, events(requested, started, first));
    expect(then?.state).toBe('running');
    expect(then?.hosts.map(({ host: name, state }) => [name, state])).toEqual([['web-1', 'running'], ['web-2', 'waiting']]);
    expect(then?.hosts[0]?.output?.log).toBe('o-web-1');
  });

  it('has its pauses and its end', () => {
    expect(runAfter(now, events(requested, started, at(4, { event: 'run_paused' })))?.paused).toBe(true);
    expect(runAfter(now, events(requested, started, at(9, { event: 'run_ended', state: 'failed', note: 'too many' })))).toMatchObject({
      state: 'failed',
      ended_ms: 9,
      note: 'too many',
    });
  });
});

describe('what was searched for', () => {
  it('is marked, also across colours', () => {
    const { spans } = parseAnsi('an \u001b[31mer\u001b[0mror here', PLAIN);
    expect(withFound(spans, [3], 5).map(({ text, isFound }) => (isFound ? `<${text}>` : text))).toEqual(['an ', '<er>', '<ror>', ' here']);
    expect(withFound(spans, [], 0).map(({ text }) => text)).toEqual(['an ', 'er', 'ror here']);
  });
});
