import type { DiagramLink, DiagramNode, LinkState, NodeState, Shape, Words } from '../diagram/model';

/** `审批 | Approval`, or one text for both languages. */
export function words(both: string): Words {
  const [zh = '', en = zh] = both.split(' | ');
  return { zh, en };
}

export function node(id: string, text: string, shape: Shape, values: Partial<DiagramNode> = {}): DiagramNode {
  return { id, kind: 'plain', shape, text: words(text), state: 'idle', ...values };
}

/** A node of a flow, which shows its state. */
export function step(id: string, text: string, shape: Shape, state: NodeState = 'idle', note?: string): DiagramNode {
  return { id, kind: 'step', shape, text: words(text), state, note: note === undefined ? undefined : words(note) };
}

export function link(from: string, to: string, values: { text?: string; state?: LinkState; color?: string } = {}): DiagramLink {
  const { text, state = 'idle', color } = values;
  return { id: `${from}-${to}`, from, to, text: text === undefined ? undefined : words(text), state, color };
}
