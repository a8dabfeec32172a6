import { expect, it } from 'vitest';
import type { MembershipLine, MessageLine } from './fold';
import type { PendingMessage } from './pending.svelte';
import { rowsOf, type Row } from './rows';

const me = 5;
const nine = new Date(2026, 10, 23, 9, 0).getTime();
const minute = 60_000;

function said(seq: number, by: number, at: number, changes: Partial<MessageLine> = {}): MessageLine {
  const nothing = { command: null, replyTo: null, mentions: [], files: [], edits: 0, reactions: [] };
  const state = { isRecalled: false, recalledBy: null, changed: seq };
  return { kind: 'message', seq, by, at, text: 'hello', ...nothing, ...state, ...changes };
}
function joined(seq: number, at: number): MembershipLine {
  return { kind: 'membership', seq, at, by: 7, person: 7, change: 'joined' };
}
function sending(command: string, at: number): PendingMessage {
  return { command, room: 1, text: 'hello', replyTo: null, files: [], at, refusal: null, seq: null };
}

/** Each row in letters: D starts a day, U the unread ones, G a group. */
function drawn(lines: (MessageLine | MembershipLine)[], unreadAfter: number | null = null, pending: PendingMessage[] = []) {
  return rowsOf({ lines, pending, unreadAfter, me }).map((row: Row) =>
    row.kind === 'pending'
      ? `p${row.startsGroup ? 'G' : ''}`
      : `${row.line.seq}${row.startsDay ? 'D' : ''}${row.startsUnread ? 'U' : ''}${row.startsGroup ? 'G' : ''}`,
  );
}

it('groups what one author says within five minutes', () => {
  const lines = [said(1, 7, nine), said(2, 7, nine + 4 * minute), said(3, 7, nine + 10 * minute), said(4, 9, nine + 10 * minute)];
  expect(drawn(lines)).toEqual(['1DG', '2', '3G', '4G']);
});

it('parts groups where something else stands between', () => {
  const lines = [said(1, 7, nine), joined(2, nine), said(3, 7, nine), said(4, 7, nine, { replyTo: 1 })];
  expect(drawn(lines)).toEqual(['1DG', '2G', '3G', '4G']);
});

it('starts a day at midnight', () => {
  const midnight = new Date(2026, 10, 24).getTime();
  expect(drawn([said(1, 7, midnight - minute), said(2, 7, midnight)])).toEqual(['1DG', '2DG']);
});

it('puts the divider above the first unread message of somebody else', () => {
  const lines = [said(1, 7, nine), said(2, me, nine), joined(3, nine), said(4, 7, nine), said(5, 7, nine)];
  expect(drawn(lines, 1)).toEqual(['1DG', '2G', '3G', '4UG', '5']);
});

it('puts what is being sent at the end, with the group that it continues', () => {
  expect(drawn([said(1, me, nine)], null, [sending('a', nine), sending('b', nine)])).toEqual(['1DG', 'p', 'p']);
  expect(drawn([said(1, 7, nine)], null, [sending('a', nine)])).toEqual(['1DG', 'pG']);
});

it('keeps the key of a message when it comes back from the log', () => {
  const before = rowsOf({ lines: [], pending: [sending('a', nine)], unreadAfter: null, me });
  const after = rowsOf({ lines: [said(1, me, nine, { command: 'a' })], pending: [], unreadAfter: null, me });
  expect(before[0]?.key).toBe(after[0]?.key);
});

it('keeps the row of a line that says the same as before', () => {
  const lines = [said(1, 7, nine), said(2, 7, nine)];
  const [one] = rowsOf({ lines, pending: [], unreadAfter: null, me });
  const [again] = rowsOf({ lines: [...lines, said(3, 7, nine)], pending: [], unreadAfter: null, me });
  expect(again).toBe(one);
});
