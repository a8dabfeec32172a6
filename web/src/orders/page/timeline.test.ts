import { afterEach, describe, expect, it } from 'vitest';
import { language } from '../../i18n/language.svelte';
import { linesOfEvents, type Names } from './timeline';
import type { OrderEvent } from './types';

const names: Names = {
  person: (id) => (id === null ? 'System' : `P${id}`),
  node: (id) => id.toUpperCase(),
  nodeOfTask: (task) => (task === 1 ? 'lead' : 'ops'),
};

/** The part of an event that its line is made of. */
type Happening = { event: OrderEvent['event'] } & Record<string, unknown>;

function told(...events: Happening[]): string[] {
  const all = events.map((event) => ({ at_ms: 0, by: { person: 7 }, ...event }) as unknown as OrderEvent);
  return linesOfEvents({ seq: 4, by: 7, events: all }, names).map(({ text, detail }) => (detail === null ? text : `${text}: ${detail}`));
}

afterEach(() => language.choose('en'));

describe('what happened', () => {
  it('names who, what and where, with the words that were said', () => {
    expect(told({ event: 'submitted', requester: 7 })).toEqual(['P7 submitted the order']);
    expect(told({ event: 'approved', task: 1, comment: 'fine' })).toEqual(['P7 approved · LEAD: fine']);
    expect(told({ event: 'rejected', task: 2, reason: 'too dear' })).toEqual(['P7 rejected · OPS: too dear']);
  });

  it('says where a return goes', () => {
    const returned = { event: 'returned', from: 'ops', reason: 'price', generation: 2 } as const;
    expect(told({ ...returned, to: 'lead' })).toEqual(['P7 returned it to LEAD · OPS: price']);
    expect(told({ ...returned, to: null })).toEqual(['P7 returned it to the requester · OPS: price']);
  });

  it('what the clock decided is nobody’s decision', () => {
    expect(told({ event: 'approved', task: 1, automatic: 'timeout', by: 'system' })).toEqual(['Approved by itself · LEAD']);
  });

  it('the bookkeeping of the engine is left out', () => {
    expect(
      told(
        { event: 'entered', node: 'lead' },
        { event: 'task_opened', task: { id: 1, node: 'lead', kind: 'approve', people: [7] } },
        { event: 'left', node: 'lead', outcome: 'done' },
        { event: 'timer_fired' },
      ),
    ).toEqual([]);
  });

  it('a reject says its reason once, although it also ends the order', () => {
    expect(told({ event: 'rejected', task: 1, reason: 'no' }, { event: 'ended', status: 'rejected', reason: 'no' })).toEqual([
      'P7 rejected · LEAD: no',
      'The order is rejected',
    ]);
  });

  it('is told in the reader’s language', () => {
    language.choose('zh-CN');
    expect(told({ event: 'approved', task: 1 }, { event: 'ended', status: 'approved' })).toEqual(['P7 同意 · LEAD', '工单已通过']);
  });

  it('what a newer server tells is passed over', () => {
    expect(told({ event: 'levitated' } as unknown as Happening)).toEqual([]);
  });
});
