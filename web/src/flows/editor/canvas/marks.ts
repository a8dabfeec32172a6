import type { Words } from '../../../diagram/model';
import type { FlowProblem } from '../../types';
import { linkKey, type Definition } from '../definition';

/** What is wrong with each node. */
export function nodeMarks(problems: readonly FlowProblem[]): Map<string, Words[]> {
  const marks = new Map<string, Words[]>();
  for (const { node, words } of problems) {
    if (typeof node === 'string') marks.set(node, [...(marks.get(node) ?? []), words]);
  }
  return marks;
}

/** The links with which something is wrong. */
export function linkMarks(problems: readonly FlowProblem[], definition: Definition): Set<string> {
  return new Set(problems.flatMap(({ link }) => (typeof link === 'number' ? [linkKey(definition, link)] : [])));
}
