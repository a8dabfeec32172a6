import type { LegalMove, Move, MoveName, Values } from './types';

/** What was filled in for a move. */
export interface Given {
  words?: string;
  form?: Values | null;
  people?: readonly number[];
  when?: 'before' | 'after';
  /** One host; left out: the whole node. */
  host?: string;
  /** The node to return to, or `requester`. */
  to?: string;
}

export const primaryMoves: readonly MoveName[] = ['approve', 'handle', 'claim', 'resubmit', 'retry_failed', 'continue_run'];
const dangerousMoves: readonly MoveName[] = ['reject', 'withdraw', 'force_close', 'cancel_run'];

export function isDangerous(move: MoveName): boolean {
  return dangerousMoves.includes(move);
}

/** Moves of one task, the most likely one first. */
const order: readonly MoveName[] = [
  ...primaryMoves,
  'reject',
  'return',
  'transfer',
  'add_signer',
  'unclaim',
  'pause_run',
  'retry_from',
  'skip',
  'cancel_run',
  'withdraw',
  'force_transfer',
  'force_close',
  'nudge',
];

export function inOrder(moves: readonly LegalMove[]): LegalMove[] {
  return [...moves].sort((one, other) => order.indexOf(one.move) - order.indexOf(other.move));
}

/** Moves that somebody says why about; where it is not required, one may. */
const explained: readonly MoveName[] = [
  'reject',
  'return',
  'transfer',
  'add_signer',
  'withdraw',
  'force_close',
  'force_transfer',
  'skip',
  'cancel_run',
];

export function takesReason({ move }: LegalMove): boolean {
  return explained.includes(move);
}

/** The whole move; null while something that it needs is missing, so that a dialog has to ask for it. */
export function moveOf(legal: LegalMove, given: Given): Move | null {
  const { task, node } = legal;
  const words = given.words ?? '';
  // A refusal is never one press away: the dialog shows what was written, and waits.
  const isAnswered = given.people !== undefined || given.to !== undefined;
  switch (legal.move) {
    case 'approve':
      return { move: 'approve', ...withTask(task), ...remark(words), ...form(given.form) };
    case 'handle':
      return task === undefined ? null : { move: 'handle', task, ...remark(words), ...form(given.form) };
    case 'resubmit':
      return { move: 'resubmit', ...withTask(task), form: given.form ?? {} };
    case 'claim':
    case 'unclaim':
      return task === undefined ? null : { move: legal.move, task };
    case 'nudge':
      return { move: 'nudge', ...withTask(task) };
    case 'retry_failed':
    case 'pause_run':
    case 'continue_run':
      return node === undefined ? null : { move: legal.move, node };
    case 'retry_from': {
      const from = given.to ?? (legal.targets?.length === 1 ? legal.targets[0] : node);
      return from === undefined ? null : { move: 'retry_from', node: from };
    }
    case 'reject':
      return isAnswered && words !== '' ? { move: 'reject', ...withTask(task), reason: words } : null;
    case 'withdraw':
    case 'force_close':
      return isAnswered && (words !== '' || !legal.reason_required) ? { move: legal.move, reason: words } : null;
    case 'cancel_run':
      return isAnswered && words !== '' ? { move: 'cancel_run', ...(node === undefined ? {} : { node }), reason: words } : null;
    case 'skip':
      if (!isAnswered || words === '' || node === undefined) return null;
      return { move: 'skip', node, ...(given.host ? { host: given.host } : {}), reason: words };
    case 'return':
      if (given.to === undefined || words === '') return null;
      return { move: 'return', ...withTask(task), to: given.to, reason: words };
    case 'transfer':
    case 'force_transfer': {
      const to = given.people?.[0];
      if (task === undefined || to === undefined || (words === '' && legal.reason_required)) return null;
      return { move: legal.move, task, to, reason: words };
    }
    case 'add_signer': {
      const people = [...(given.people ?? [])];
      if (task === undefined || people.length === 0 || (words === '' && legal.reason_required)) return null;
      return { move: 'add_signer', task, people, when: given.when ?? 'before', reason: words };
    }
    default:
      // A newer server may allow more than this client can ask for.
      legal.move satisfies never;
      return null;
  }
}

function withTask(task: number | undefined): { task?: number } {
  return task === undefined ? {} : { task };
}

function remark(words: string): { comment?: string } {
  return words === '' ? {} : { comment: words };
}

function form(values: Values | null | undefined): { form?: Values } {
  return values ? { form: values } : {};
}
