import { afterEach, describe, expect, it } from 'vitest';
import { language } from '../i18n/language.svelte';
import { linesOfEvents, type EventLine, type Names } from '../orders/page/timeline';
import type { OrderEvent } from '../orders/page/types';
import { foldRuns } from './telling';

const names: Names = {
  person: (id) => (id === null ? 'System' : `P${id}`),
  node: (id) => id.toUpperCase(),
  nodeOfTask: () => null,
};

type Happening = { event: OrderEvent['event'] } & Record<string, unknown>;

/** Each argument is one entry. */
function lines(...entries: (Happening | Happening[])[]): EventLine[] {
  return foldRuns(
    entries.flatMap((entry, index) => {
      const events = [entry].flat().map((event) => ({ at_ms: 0, by: 'system', node: 'push', attempt: 1, ...event }));
      return linesOfEvents({ seq: index + 1, by: null, events: events as unknown as OrderEvent[] }, names);
    }),
  );
}

const told = (...entries: Parameters<typeof lines>) => lines(...entries).map(({ text, detail }) => (detail === null ? text : `${text}: ${detail}`));
const host = (name: string, state: string, exit?: number): Happening => ({ event: 'host_changed', host: name, state, exit });
const begun: Happening = { event: 'run_started', hosts: ['web-1', 'web-2'] };

afterEach(() => language.choose('en'));

describe('what a release did', () => {
  it('begins, fails on a host with its exit status, and ends', () => {
    expect(
      told(
        { event: 'run_requested', run: { attempt: 1 } },
        begun,
        host('web-1', 'running'),
        host('web-1', 'succeeded', 0),
        [host('web-2', 'failed', 22), { event: 'run_ended', state: 'failed' }],
        { event: 'task_opened', task: { id: 9, node: 'push', kind: 'run_failed', people: [4, 7] } },
      ),
    ).toEqual([
      'PUSH started on 2 hosts',
      'web-1 is done',
      'web-2 failed, exit status 22',
      'PUSH failed',
      'P4 and P7 can decide what happens now · PUSH',
    ]);
  });

  it('that it is about to start is told only until it has', () => {
    const requested: Happening = { event: 'run_requested', run: { attempt: 1 } };
    expect(told(requested)).toEqual(['PUSH is about to start']);
    const started: Happening = { event: 'run_started', hosts: [] };
    expect(told(requested, started)).toEqual(['PUSH started']);
    expect(told(requested, started, { event: 'run_ended', state: 'succeeded' })).toEqual(['PUSH is done']);
  });

  it('names who held it back, let it go on, stopped it and left a host out', () => {
    const by = { person: 7 };
    expect(
      told(
        { event: 'run_paused', reason: 'lunch', by },
        { event: 'run_continued', by },
        { event: 'run_cancelling', reason: 'wrong version', by },
        { ...host('web-2', 'skipped'), note: 'broken disk', by },
      ),
    ).toEqual(['P7 paused PUSH: lunch', 'P7 lets PUSH go on', 'P7 stops PUSH: wrong version', 'P7 skipped web-2: broken disk']);
  });

  it('many hosts are one line, which stands where the last of them came', () => {
    const many = Array.from({ length: 20 }, (_, index) => host(`web-${index + 1}`, index % 10 === 6 ? 'failed' : 'succeeded', index % 10 === 6 ? 1 : 0));
    const all = lines(begun, ...many, { event: 'run_ended', state: 'failed' });
    expect(all.map(({ text }) => text)).toEqual(['PUSH started on 2 hosts', 'web-1 … web-20: 18 done, 2 failed', 'PUSH failed']);
    expect(all[1]).toMatchObject({ tone: 'bad', detail: 'web-7 (exit 1) and web-17 (exit 1)' });
  });

  it('attempts are folded each for itself', () => {
    const four = (state: string, attempt: number) => [1, 2, 3, 4].map((index) => ({ ...host(`web-${index}`, state), attempt }));
    expect(told(...four('unreachable', 1), ...four('succeeded', 2))).toEqual([
      'web-1 … web-4: 4 failed: web-1, web-2, web-3, and web-4',
      'web-1 … web-4: 4 done',
    ]);
  });

  it('is told in the reader’s language', () => {
    language.choose('zh-CN');
    const many = Array.from({ length: 5 }, (_, index) => host(`web-${index + 1}`, index === 2 ? 'failed' : 'succeeded', index === 2 ? 7 : 0));
    expect(told(begun, ...many)).toEqual(['PUSH 在 2 台主机上开始执行', 'web-1 … web-5：4 台完成，1 台失败: web-3（退出码 7）']);
  });

  it('what went well is not called out, failures and the end are', () => {
    const loud = lines(begun, host('web-1', 'succeeded', 0), host('web-2', 'failed', 1), { event: 'run_ended', state: 'failed' });
    expect(loud.filter(({ isQuiet }) => !isQuiet).map(({ text }) => text)).toEqual([
      'web-2 failed, exit status 1',
      'PUSH failed',
    ]);
  });
});
