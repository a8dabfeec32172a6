import type { DiagramChanges, DiagramModel, DiagramNode, NodeState } from '../diagram/model';
import { link, step, words } from './build';

const BRANCHES = 25;

/** A flow of this many nodes: one start, branches of like length, one end. */
export function stressModel(count: number): DiagramModel {
  const branches = Math.min(BRANCHES, Math.max(1, count - 2));
  const inner = Array.from({ length: Math.max(0, count - 2) }, (_, index) =>
    step(`n${index}`, `步骤 ${index} | Step ${index}`, 'rounded'),
  );
  const links = inner.flatMap(({ id }, index) => [
    link(index < branches ? 'start' : `n${index - branches}`, id),
    ...(index + branches < inner.length ? [] : [link(id, 'end')]),
  ]);
  return { nodes: [step('start', '开始 | Start', 'ellipse'), ...inner, step('end', '结束 | End', 'ellipse')], links };
}

const states: readonly NodeState[] = ['waiting', 'running', 'done', 'failed', 'idle'];

/** The change with this number: one node after the other, spread over the whole flow, goes on to its next state. */
export function stressChange({ nodes }: DiagramModel, number: number): DiagramChanges {
  const old = nodes[(number * 37) % nodes.length];
  if (old === undefined) return { nodes: [], links: [] };
  const state = states[(states.indexOf(old.state) + 1) % states.length] ?? 'idle';
  const changed: DiagramNode = { ...old, state, note: words(`第 ${number} 次 | change ${number}`) };
  return { nodes: [changed], links: [] };
}
