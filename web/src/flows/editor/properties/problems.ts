import type { FlowProblem } from '../../types';
import type { Definition, FlowNode } from '../definition';

/** The inputs next to which a problem of a node can stand. `top` is above all of them. */
export type Place =
  | 'top' | 'id' | 'name' | 'who' | 'rule' | 'fields' | 'timeouts' | 'return_to' | 'wait' | 'script' | 'on' | 'batches' | 'parameters'
  | 'release' | 'artifacts' | 'links';

/** Problems of one node, by the input that they are about. */
export type PlacedProblems = ReadonlyMap<Place, readonly FlowProblem[]>;

export function problemsOfNode(problems: readonly FlowProblem[], node: FlowNode): PlacedProblems {
  const placed = new Map<Place, FlowProblem[]>();
  for (const problem of problems) {
    if (problem.node !== node.id) continue;
    const place = problem.link !== null ? 'links' : placeOf(problem, node);
    placed.set(place, [...(placed.get(place) ?? []), problem]);
  }
  return placed;
}

export function problemsOfLink(problems: readonly FlowProblem[], index: number): FlowProblem[] {
  return problems.filter(({ link }) => link === index);
}

/** Those that no node and no link has: of the flow as a whole, or of a field of its form. */
export function problemsOfFlow(problems: readonly FlowProblem[], { nodes }: Definition): FlowProblem[] {
  const known = new Set(nodes.map(({ id }) => id));
  return problems.filter(({ node, link, field }) => (node === null || !known.has(node)) && link === null && field === null);
}

export function problemsOfField(problems: readonly FlowProblem[], field: string): FlowProblem[] {
  return problems.filter((problem) => problem.field === field && problem.node === null);
}

function placeOf({ code, field }: FlowProblem, node: FlowNode): Place {
  switch (code) {
    case 'bad_id':
    case 'duplicate_id':
      return 'id';
    case 'bad_name':
      return node.kind === 'run' && hasName(node) ? 'release' : 'name';
    case 'nobody':
    case 'too_many':
    case 'unknown_approver_field':
    case 'unknown_person':
    case 'unknown_group':
      return 'who';
    case 'bad_rule':
      return 'rule';
    case 'unknown_field':
      if (node.kind === 'wait') return 'wait';
      if (node.kind === 'run') return typeof node.on === 'object' && 'field' in node.on && node.on.field === field ? 'on' : 'release';
      return 'fields';
    case 'bad_timeout':
      return 'timeouts';
    case 'unknown_return':
      return 'return_to';
    case 'bad_wait':
      return 'wait';
    case 'bad_script':
      return 'script';
    case 'bad_batches':
      return 'batches';
    case 'bad_parameters':
    case 'bad_expression':
      return 'parameters';
    case 'bad_artifacts':
      return 'artifacts';
    case 'no_otherwise':
    case 'otherwise_twice':
    case 'no_when':
      return 'links';
    default:
      return 'top';
  }
}

function hasName({ name }: FlowNode): boolean {
  return (typeof name === 'string' ? name : name.zh + name.en).trim() !== '';
}
