import { expect, test } from 'vitest';
import type { FlowSummary } from '../../flows/types';
import { matchingFlows, untouchedDraft } from './catalogue';

function flow(slug: string, zh: string, en: string, description = ''): FlowSummary {
  return { flow: slug, name: { zh, en }, description, version: 1, published_at: 0, published_by: null, may_start: true };
}

const flows = [
  flow('purchase', '采购', 'Purchase', 'Things for people on leave, too'),
  flow('leave', '请假', 'Leave request'),
];

test('flows are found by words of either language, those by name first', () => {
  const found = (query: string): string[] => matchingFlows(flows, query).map((one) => one.flow);
  expect(found('请')).toEqual(['leave']);
  expect(found('LEAVE')).toEqual(['leave', 'purchase']);
  expect(found('request leave')).toEqual(['leave']);
  expect(found('  ')).toEqual(['purchase', 'leave']);
  expect(found('release')).toEqual([]);
});

test('a draft that was never written into is used again', () => {
  const drafts = [
    { id: 1, flow: 'leave', version: 2, created_at: 10, updated_at: 20 },
    { id: 2, flow: 'leave', version: 1, created_at: 30, updated_at: 30 },
    { id: 3, flow: 'leave', version: 2, created_at: 40, updated_at: 40 },
  ];
  expect(untouchedDraft(drafts, 'leave', 2)?.id).toBe(3);
  expect(untouchedDraft(drafts, 'purchase', 2)).toBeUndefined();
});
