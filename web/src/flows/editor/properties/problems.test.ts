import { expect, test } from 'vitest';
import type { FlowProblem } from '../../types';
import type { FlowNode } from '../definition';
import { problemsOfField, problemsOfFlow, problemsOfLink, problemsOfNode } from './problems';

const run: FlowNode = { id: 'push', name: 'Push', kind: 'run', script: '', on: { field: 'hosts' } };

function problem(code: string, about: Partial<FlowProblem> = {}): FlowProblem {
  return { code, node: 'push', link: null, field: null, line: null, column: null, words: { zh: code, en: code }, ...about };
}

/** Where each of the problems stands, in their order. */
function placesOf(node: FlowNode, problems: FlowProblem[]): string[] {
  const placed = [...problemsOfNode(problems, node)];
  return problems.map((one) => placed.find(([, list]) => list.includes(one))?.[0] ?? 'nowhere');
}

test('a problem of a node stands next to the input that it is about', () => {
  const problems = [
    problem('bad_script'),
    problem('bad_batches'),
    problem('bad_parameters'),
    problem('unknown_field', { field: 'hosts' }),
    problem('unknown_field', { field: 'environment' }),
    problem('bad_name'),
    problem('unreachable'),
    problem('something_new'),
  ];
  expect(placesOf(run, problems)).toEqual(['script', 'batches', 'parameters', 'on', 'release', 'release', 'top', 'top']);
  expect(placesOf({ ...run, name: { zh: '', en: ' ' } }, [problem('bad_name')])).toEqual(['name']);
  expect(placesOf({ id: 'push', name: 'P', kind: 'wait', until: 'x' }, [problem('unknown_field', { field: 'x' })])).toEqual(['wait']);
});

test('a problem of a link stands at its node and at the link', () => {
  const wrong = problem('bad_expression', { link: 3 });
  expect(placesOf(run, [wrong])).toEqual(['links']);
  expect(problemsOfLink([wrong], 3)).toEqual([wrong]);
  expect(problemsOfLink([wrong], 2)).toEqual([]);
});

test('a problem of another node is not shown, and one of a node that is gone is that of the flow', () => {
  const problems = [problem('bad_script', { node: 'other' }), problem('no_end', { node: null }), problem('bad_id', { node: null, field: 'days' })];
  expect(placesOf(run, problems)).toEqual(['nowhere', 'nowhere', 'nowhere']);
  const flow = { flow: 'a', name: 'A', nodes: [run], links: [] };
  expect(problemsOfFlow(problems, flow)).toEqual(problems.slice(0, 2));
  expect(problemsOfField(problems, 'days')).toEqual(problems.slice(2));
});
