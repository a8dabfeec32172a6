import type { LinkState, NodeState } from './model';

/** Which of the state colours of tokens.css a state has. */
export type Tone = 'idle' | 'wait' | 'run' | 'ok' | 'bad';

export interface Look {
  tone: Tone;
  isDashed: boolean;
  /** The icon: a stroked path on a square of 12 by 12. */
  icon: string;
}

export const looks: Record<NodeState, Look> = {
  idle: { tone: 'idle', isDashed: false, icon: 'M6 2a4 4 0 1 1 0 8a4 4 0 1 1 0-8Z' },
  waiting: { tone: 'wait', isDashed: false, icon: 'M3 1.5h6M3 10.5h6M3.8 1.5v2l4.4 5v2M8.2 1.5v2l-4.4 5v2' },
  running: { tone: 'run', isDashed: false, icon: 'M6 1.5a4.5 4.5 0 1 1-4.5 4.5M6 3.5v2.7l1.8 1.3' },
  done: { tone: 'ok', isDashed: false, icon: 'M2 6.4 4.8 9.2 10 3.2' },
  rejected: { tone: 'bad', isDashed: true, icon: 'M2.8 2.8l6.4 6.4M9.2 2.8l-6.4 6.4' },
  failed: { tone: 'bad', isDashed: true, icon: 'M6 1.8v5M6 9.6v.6' },
  partly: { tone: 'ok', isDashed: true, icon: 'M2 6.6 4.2 8.8 7 5.4M9.6 2v4M9.6 8.8v.5' },
  skipped: { tone: 'idle', isDashed: true, icon: 'M2 3l3.5 3L2 9M6.5 3 10 6 6.5 9' },
  cancelled: { tone: 'idle', isDashed: true, icon: 'M6 1.8a4.2 4.2 0 1 1 0 8.4a4.2 4.2 0 1 1 0-8.4ZM3 9 9 3' },
  returned: { tone: 'wait', isDashed: true, icon: 'M4.5 2 2 4.5 4.5 7M2.2 4.5h4.6a2.8 2.8 0 0 1 0 5.6H4' },
};

export const linkTones: Record<LinkState, Tone> = { idle: 'idle', taken: 'ok', live: 'run', failed: 'bad' };

/** How the line to a host looks, when the model has no link for it. */
export function linkStateBefore(state: NodeState): LinkState {
  if (state === 'idle' || state === 'cancelled' || state === 'skipped') return 'idle';
  if (state === 'running' || state === 'waiting') return 'live';
  return state === 'failed' || state === 'rejected' ? 'failed' : 'taken';
}

/** The sign that a server puts before a note; the icon that is drawn there replaces it. */
const SIGN = /^[✓✔✕✗✘×◔◑◐◕●○⏳⌛…!！↑↩⤺»]\s*/u;

export function withoutSign(note: string): string {
  return note.replace(SIGN, '');
}
