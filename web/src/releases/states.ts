import type { NodeState } from '../diagram/model';
import type { Tone } from '../orders/page/status';
import { t } from './messages';
import type { HostState, Run, RunState } from './types';

interface StateLook {
  /** Whose icon stands for it. */
  icon: NodeState;
  tone: Tone;
  word: Parameters<typeof t>[0];
}

export const hostLooks: Record<HostState, StateLook> = {
  waiting: { icon: 'idle', tone: 'quiet', word: 'hostWaiting' },
  running: { icon: 'running', tone: 'run', word: 'hostRunning' },
  succeeded: { icon: 'done', tone: 'ok', word: 'hostSucceeded' },
  failed: { icon: 'failed', tone: 'bad', word: 'hostFailed' },
  unreachable: { icon: 'failed', tone: 'bad', word: 'hostUnreachable' },
  interrupted: { icon: 'failed', tone: 'bad', word: 'hostInterrupted' },
  cancelled: { icon: 'cancelled', tone: 'quiet', word: 'hostCancelled' },
  skipped: { icon: 'skipped', tone: 'quiet', word: 'hostSkipped' },
};

const runLooks: Record<RunState, StateLook> = {
  requested: { icon: 'waiting', tone: 'wait', word: 'runRequested' },
  running: { icon: 'running', tone: 'run', word: 'runRunning' },
  cancelling: { icon: 'cancelled', tone: 'wait', word: 'runCancelling' },
  succeeded: { icon: 'done', tone: 'ok', word: 'runSucceeded' },
  partly: { icon: 'partly', tone: 'ok', word: 'runPartly' },
  failed: { icon: 'failed', tone: 'bad', word: 'runFailed' },
  interrupted: { icon: 'failed', tone: 'bad', word: 'runInterrupted' },
  cancelled: { icon: 'cancelled', tone: 'quiet', word: 'runCancelled' },
  skipped: { icon: 'skipped', tone: 'quiet', word: 'runSkipped' },
};

export function lookOfRun({ state, paused, waits_for }: Pick<Run, 'state' | 'paused' | 'waits_for'>): StateLook {
  if (state === 'requested' && waits_for) return { icon: 'waiting', tone: 'wait', word: 'runLocked' };
  if (state === 'running' && paused) return { icon: 'waiting', tone: 'wait', word: 'runPaused' };
  return runLooks[state];
}

export function hostName(host: string | null): string {
  return host ?? t('thisMachine');
}
