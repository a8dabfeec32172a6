import type { Chosen, PreviewStep } from './types';

/** What a rule asks for, as a key of the messages with its number. */
export type RuleWords =
  | { rule: 'any' | 'all' | 'sequence' }
  | { rule: 'quorum' | 'percent'; count: number };

/** Steps at which something happens; the others only lead the way. */
const told = new Set(['approve', 'handle', 'cc', 'run', 'wait']);

export function stepsToTell(steps: readonly PreviewStep[]): PreviewStep[] {
  return steps.filter(({ kind }) => told.has(kind));
}

/** How the people of a step decide; null where there is nothing to agree on. */
export function ruleOf({ rule, people }: Pick<PreviewStep, 'rule' | 'people'>): RuleWords | null {
  if (rule === null) return null;
  if (typeof rule === 'string') return people.length < 2 ? null : { rule };
  return 'quorum' in rule ? { rule: 'quorum', count: rule.quorum } : { rule: 'percent', count: rule.percent };
}

/** Nodes whose people the requester still has to choose. */
export function openChoices(steps: readonly PreviewStep[], chosen: Chosen): string[] {
  return steps.filter(({ node, choose }) => choose && (chosen[node] ?? []).length === 0).map(({ node }) => node);
}

/** The choices with this one; a node for which nobody is chosen stands not among them. */
export function withChoice(chosen: Chosen, node: string, people: readonly number[]): Chosen {
  const others = Object.fromEntries(Object.entries(chosen).filter(([id]) => id !== node));
  return people.length === 0 ? others : { ...others, [node]: people };
}
