import Ban from '@lucide/svelte/icons/ban';
import CircleCheck from '@lucide/svelte/icons/circle-check';
import CircleDot from '@lucide/svelte/icons/circle-dot';
import CircleX from '@lucide/svelte/icons/circle-x';
import CornerDownLeft from '@lucide/svelte/icons/corner-down-left';
import OctagonX from '@lucide/svelte/icons/octagon-x';
import PencilLine from '@lucide/svelte/icons/pencil-line';
import Trash2 from '@lucide/svelte/icons/trash-2';
import Undo2 from '@lucide/svelte/icons/undo-2';
import type { Component } from 'svelte';
import type { OrderStatus } from './types';

export type Tone = 'quiet' | 'ok' | 'run' | 'wait' | 'bad';
export type Icon = Component<{ size?: number; strokeWidth?: number }>;

/** How a status looks; its word stands beside it always. */
export const statusLooks: Record<OrderStatus, { tone: Tone; icon: Icon }> = {
  draft: { tone: 'quiet', icon: PencilLine },
  running: { tone: 'run', icon: CircleDot },
  returned: { tone: 'wait', icon: CornerDownLeft },
  cancelling: { tone: 'wait', icon: OctagonX },
  approved: { tone: 'ok', icon: CircleCheck },
  done: { tone: 'ok', icon: CircleCheck },
  rejected: { tone: 'bad', icon: CircleX },
  withdrawn: { tone: 'quiet', icon: Undo2 },
  closed: { tone: 'quiet', icon: Ban },
  discarded: { tone: 'quiet', icon: Trash2 },
};

/** Those that a list can be filtered by; what was discarded is in no list. */
export const statuses = (Object.keys(statusLooks) as OrderStatus[]).filter((status) => status !== 'discarded');

/** Nothing more happens to it. */
export function isFinal(status: OrderStatus): boolean {
  return ['approved', 'done', 'rejected', 'withdrawn', 'closed', 'discarded'].includes(status);
}
