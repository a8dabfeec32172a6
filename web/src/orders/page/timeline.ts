import { formatList } from '../../i18n/format';
import { lineOfRun, type RunPart } from '../../releases/telling';
import { t } from './messages';
import type { Tone } from './status';
import type { OrderChange, OrderEvent } from './types';

export type EventIcon =
  | 'submit'
  | 'approve'
  | 'reject'
  | 'return'
  | 'handle'
  | 'move'
  | 'add'
  | 'claim'
  | 'bell'
  | 'edit'
  | 'mail'
  | 'run'
  | 'fail'
  | 'stop'
  | 'pause'
  | 'end'
  | 'help';

/** One thing that happened, in words. */
export interface EventLine {
  key: string;
  icon: EventIcon;
  tone: Tone;
  text: string;
  /** What somebody said with it: a remark, a reason. */
  detail: string | null;
  /** The node that it is about, if it is about one. */
  node: string | null;
  /** What it tells of a run, if it tells of one. */
  run?: RunPart;
  /** It can be read, and is not worth being called out. */
  isQuiet?: boolean;
}

/** A line of what happened, and where in the log it stands. */
export type ToldLine = EventLine & { seq: number; at: number };

export function bySeq(lines: readonly ToldLine[]): ReadonlyMap<number, readonly ToldLine[]> {
  const groups = new Map<number, ToldLine[]>();
  for (const line of lines) {
    const group = groups.get(line.seq);
    if (group) group.push(line);
    else groups.set(line.seq, [line]);
  }
  return groups;
}

/** What an event has to be told with: names of people, of nodes, and which node a task belongs to. */
export interface Names {
  person(id: number | null): string;
  node(id: string): string;
  nodeOfTask(task: number): string | null;
}

/** What people want to know of these events, one line each; bookkeeping of the engine is left out. */
export function linesOfEvents(change: Pick<OrderChange, 'seq' | 'by' | 'events'>, names: Names): EventLine[] {
  const lines: EventLine[] = [];
  for (const [index, event] of change.events.entries()) {
    const line = lineOf(event, change, names);
    if (line) lines.push({ ...line, key: `${change.seq}.${index}` });
  }
  return lines;
}

export type Line = Omit<EventLine, 'key'>;

function lineOf(event: OrderEvent, change: Pick<OrderChange, 'by'>, names: Names): Line | null {
  const who = names.person(event.by === 'system' ? null : event.by.person);
  const nodeOf = (task: number) => names.nodeOfTask(task);
  const named = (node: string | null) => (node === null ? '' : names.node(node));
  const people = (ids: readonly number[]) => formatList(ids.map((id) => names.person(id)));
  switch (event.event) {
    case 'submitted':
      return say('submit', 'wait', t('didSubmit', { who }));
    case 'resubmitted':
      return say('submit', 'wait', t('didResubmit', { who }));
    case 'approved': {
      const node = nodeOf(event.task);
      const key = event.automatic ? 'didApproveAlone' : 'didApprove';
      return say('approve', 'ok', t(key, { who, node: named(node) }), event.comment, node);
    }
    case 'rejected': {
      const node = nodeOf(event.task);
      const key = event.automatic ? 'didRejectAlone' : 'didReject';
      return say('reject', 'bad', t(key, { who, node: named(node) }), event.reason, node);
    }
    case 'handled': {
      const node = nodeOf(event.task);
      return say('handle', 'ok', t('didHandle', { who, node: named(node) }), event.comment, node);
    }
    case 'returned': {
      const to = event.to ? names.node(event.to) : t('theRequester');
      return say('return', 'wait', t('didReturn', { who, node: names.node(event.from), to }), event.reason, event.from);
    }
    case 'task_moved': {
      const node = nodeOf(event.task);
      const to = event.administrators ? t('theAdministrators') : people(event.people);
      const key = movedKeys[event.how];
      return say('move', 'quiet', t(key, { who, node: named(node), to }), event.reason, node);
    }
    case 'signers_added': {
      const node = nodeOf(event.task);
      const key = event.when === 'before' ? 'didAddBefore' : 'didAddAfter';
      return say('add', 'quiet', t(key, { who, node: named(node), people: people(event.people) }), event.reason, node);
    }
    case 'claimed':
    case 'unclaimed': {
      const node = nodeOf(event.task);
      return say('claim', 'quiet', t(event.event === 'claimed' ? 'didClaim' : 'didUnclaim', { who, node: named(node) }), null, node);
    }
    case 'nudged':
    case 'reminded': {
      const node = nodeOf(event.task);
      return say('bell', 'wait', t(event.event === 'nudged' ? 'didNudge' : 'didRemind', { who, node: named(node) }), null, node);
    }
    case 'form_changed':
      return say('edit', 'quiet', t('didChangeForm', { who }), null, event.node ?? null);
    case 'notified':
      return event.people.length === 0 ? null : say('mail', 'quiet', t('didNotify', { people: people(event.people) }), null, event.node);
    case 'task_opened':
      if (event.task.kind === 'run_failed') {
        const asked = event.task.administrators ? t('theAdministrators') : people(event.task.people);
        return say('bell', 'wait', t('asksPeople', { people: asked, node: names.node(event.task.node) }), null, event.task.node);
      }
      if (event.task.kind !== 'administer') return null;
      return say('help', 'bad', t('needsHelp', { node: names.node(event.task.node) }), event.task.problem, event.task.node);
    case 'left':
      if (event.outcome !== 'skipped' || event.automatic !== 'nobody') return null;
      return say('approve', 'quiet', t('nobodyFound', { node: names.node(event.node) }), null, event.node);
    case 'run_requested':
    case 'run_started':
    case 'run_ended':
    case 'run_cancelling':
    case 'run_paused':
    case 'run_continued':
    case 'host_changed':
      return lineOfRun(event, change, names);
    case 'cancelling_began':
      return say('stop', 'wait', t('cancellingBegan', { who }));
    case 'ended':
      return say('end', endTones[event.status], t(endKeys[event.status]), event.status === 'rejected' ? null : event.reason);
    case 'task_returned':
    case 'task_cancelled':
    case 'task_ready':
    case 'entered':
    case 'arrived':
    case 'condition_evaluated':
    case 'timer_set':
    case 'timer_fired':
    case 'unknown':
      return null;
    default:
      // A newer server may tell more than this client knows.
      event satisfies never;
      return null;
  }
}

const movedKeys = {
  transferred: 'didTransfer',
  forced: 'didForceTransfer',
  escalated: 'didEscalate',
  substituted: 'didSubstitute',
} as const;

const endKeys = {
  running: 'running',
  returned: 'returned',
  cancelling: 'cancelling',
  approved: 'endApproved',
  done: 'endDone',
  rejected: 'endRejected',
  withdrawn: 'endWithdrawn',
  closed: 'endClosed',
} as const;

const endTones = {
  running: 'run',
  returned: 'wait',
  cancelling: 'wait',
  approved: 'ok',
  done: 'ok',
  rejected: 'bad',
  withdrawn: 'quiet',
  closed: 'quiet',
} as const;

export function say(icon: EventIcon, tone: Tone, text: string, detail?: string | null, node: string | null = null): Line {
  return { icon, tone, text, detail: detail?.trim() ? detail : null, node };
}
