import type { OrderChange, OrderEvent, OrderSummary } from './types';

/** An order for unit tests, with what the test is about. */
export function summary(changes: Partial<OrderSummary> = {}): OrderSummary {
  return {
    id: 1,
    log: 'r1',
    number: 1001,
    flow: 'purchase',
    flow_name: { zh: '采购', en: 'Purchase' },
    version: 1,
    title: { zh: '两块屏幕', en: 'Two screens' },
    requester: 2,
    status: 'running',
    revision: 1,
    nodes: [],
    waiting_for: [],
    created_at: 0,
    updated_at: 0,
    submitted_at: 0,
    closed_at: null,
    my_tasks: [],
    fresh: false,
    ...changes,
  };
}

/** An entry after which the node has this state. */
export function change(seq: number, node: string, state: 'waiting' | 'done', events: readonly OrderEvent[] = []): OrderChange {
  return {
    seq,
    at: seq * 1_000,
    by: 2,
    changes: { nodes: [drawn(node, state)], links: [] },
    status: 'running',
    form_version: 1,
    events,
  };
}

export function drawn(id: string, state: 'idle' | 'waiting' | 'done') {
  return { id, kind: 'approve', shape: 'rounded' as const, text: { zh: id, en: id }, state };
}
