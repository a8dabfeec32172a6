import type { Line } from './fold';
import type { PendingMessage } from './pending.svelte';

/** A line with what is drawn around it; rows and lines are one to one, so that a list needs no other index. */
export type Row = LineRow | PendingRow;

export interface LineRow {
  kind: 'line';
  key: string;
  line: Line;
  /** The line between two days stands above it. */
  startsDay: boolean;
  /** The unread divider stands above it. */
  startsUnread: boolean;
  /** Shows the author; the messages after it in the same group do not. */
  startsGroup: boolean;
}

export interface PendingRow {
  kind: 'pending';
  key: string;
  message: PendingMessage;
  startsGroup: boolean;
}

export interface RowsOf {
  lines: readonly Line[];
  /** Messages of our own on their way; they stand below everything else. */
  pending: readonly PendingMessage[];
  /** The divider stands above the first message after this one; null: none. */
  unreadAfter: number | null;
  me: number;
}

/** Messages of one author within this time of each other stand together. */
const GROUP_WITHIN_MS = 5 * 60_000;

/** The row that a line had before: as long as it says the same, the same object keeps it from being drawn anew. */
const lastRows = new WeakMap<Line, LineRow>();

export function rowsOf({ lines, pending, unreadAfter, me }: RowsOf): Row[] {
  const rows: Row[] = [];
  const day = new DayCursor();
  let previous: Line | null = null;
  let isDivided = unreadAfter === null;
  for (const line of lines) {
    const startsDay = day.isNew(line.at);
    const startsUnread = !isDivided && line.kind === 'message' && line.by !== me && line.seq > (unreadAfter ?? 0);
    isDivided ||= startsUnread;
    const startsGroup = startsDay || startsUnread || !continues(previous, line);
    rows.push(rowOf({ kind: 'line', key: keyOf(line, me), line, startsDay, startsUnread, startsGroup }));
    previous = line;
  }
  for (const [index, message] of pending.entries()) {
    const follows =
      previous?.kind === 'message' &&
      previous.by === me &&
      !previous.isRecalled &&
      message.at - previous.at <= GROUP_WITHIN_MS;
    const startsGroup = message.replyTo !== null || (index === 0 && !follows);
    rows.push({ kind: 'pending', key: message.command, message, startsGroup });
  }
  return rows;
}

function rowOf(row: LineRow): LineRow {
  const last = lastRows.get(row.line);
  const isSame =
    last?.startsDay === row.startsDay &&
    last.startsUnread === row.startsUnread &&
    last.startsGroup === row.startsGroup;
  if (last && isSame) return last;
  lastRows.set(row.line, row);
  return row;
}

function continues(previous: Line | null, line: Line): boolean {
  return (
    previous?.kind === 'message' &&
    line.kind === 'message' &&
    previous.by === line.by &&
    !previous.isRecalled &&
    !line.isRecalled &&
    line.replyTo === null &&
    line.at - previous.at <= GROUP_WITHIN_MS
  );
}

/** A message keeps the key that it had while it was being sent, so that it is not drawn anew. */
function keyOf(line: Line, me: number): string {
  return line.kind === 'message' && line.by === me && line.command !== null ? line.command : `s${line.seq}`;
}

/** Tells days apart without making two dates a line. */
class DayCursor {
  #from = 0;
  #until = 0;

  isNew(at: number): boolean {
    if (at >= this.#from && at < this.#until) return false;
    const date = new Date(at);
    this.#from = new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
    this.#until = new Date(date.getFullYear(), date.getMonth(), date.getDate() + 1).getTime();
    return true;
  }
}
