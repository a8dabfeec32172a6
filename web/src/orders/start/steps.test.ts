import { expect, test } from 'vitest';
import { openChoices, ruleOf, stepsToTell, withChoice } from './steps';
import type { PreviewStep } from './types';

const step = (change: Partial<PreviewStep>): PreviewStep => ({
  node: 'lead',
  kind: 'approve',
  link: null,
  people: [1, 2],
  groups: [],
  administrators: false,
  rule: 'all',
  automatic: null,
  choose: false,
  ...change,
});

test('a rule is said where several people decide', () => {
  expect(ruleOf(step({ rule: 'any' }))).toEqual({ rule: 'any' });
  expect(ruleOf(step({ rule: { quorum: 2 } }))).toEqual({ rule: 'quorum', count: 2 });
  expect(ruleOf(step({ rule: { percent: 60 } }))).toEqual({ rule: 'percent', count: 60 });
  expect(ruleOf(step({ people: [1] }))).toBeNull();
  expect(ruleOf(step({ rule: null }))).toBeNull();
});

test('gateways are no steps for people', () => {
  const kinds = ['start', 'approve', 'condition', 'fork', 'join', 'run', 'cc', 'end'];
  expect(stepsToTell(kinds.map((kind) => step({ kind }))).map(({ kind }) => kind)).toEqual(['approve', 'run', 'cc']);
});

test('the requester chooses before sending where the flow asks for it', () => {
  const steps = [step({ node: 'lead' }), step({ node: 'expert', choose: true, people: [] })];
  expect(openChoices(steps, {})).toEqual(['expert']);
  expect(openChoices(steps, withChoice({}, 'expert', [3]))).toEqual([]);
  expect(withChoice({ expert: [3], lead: [1] }, 'expert', [])).toEqual({ lead: [1] });
});
