import type { File, MembershipChange, MessageState, OrderEntry, Reaction, RoomEntry } from '../api/types';

/** What a room shows, in the order of its log. Each stands at the `seq` of the entry that it began with. */
export type Line = MessageLine | MembershipLine | TopicLine | OrderLine;

export interface MessageLine {
  kind: 'message';
  seq: number;
  at: number;
  by: number | null;
  /** The id that its author's client gave it; tells which of the messages being sent this is. */
  command: string | null;
  /** Null once recalled. */
  text: string | null;
  replyTo: number | null;
  mentions: readonly number[];
  files: readonly File[];
  edits: number;
  isRecalled: boolean;
  recalledBy: number | null;
  reactions: readonly Reaction[];
  /** The last entry that is folded in: later ones about this message are applied, others are not. */
  changed: number;
}

export interface MembershipLine {
  kind: 'membership';
  seq: number;
  at: number;
  by: number | null;
  person: number;
  change: MembershipChange;
}

export interface TopicLine {
  kind: 'topic';
  seq: number;
  at: number;
  by: number | null;
  name: string;
  topic: string;
}

/** What was decided about the order whose room this is; the order's page knows how to tell it. */
export interface OrderLine {
  kind: 'order';
  seq: number;
  at: number;
  by: number | null;
  body: OrderEntry['body'];
}

/** A state carries at most this many people of a reaction; so do we. */
const NAMED_PEOPLE = 20;

/** Lines that these entries begin, each as its state says that it is by now. */
export function linesOf(entries: readonly RoomEntry[], states: readonly MessageState[] = []): Line[] {
  const stateOf = new Map(states.map((state) => [state.seq, state]));
  const lines: Line[] = [];
  for (const entry of entries) {
    const line = lineOf(entry, stateOf.get(entry.seq));
    if (line) lines.push(line);
  }
  return lines;
}

/**
 * The lines after entries that are about them: edits, recalls and reactions. Lines that nothing happened
 * to stay the same objects, and so does the list when nothing happened at all.
 */
export function applyChanges(lines: readonly Line[], entries: readonly RoomEntry[], me: number): readonly Line[] {
  let changed: Line[] | null = null;
  for (const entry of entries) {
    if (entry.target === null) continue;
    const index = indexOfSeq(changed ?? lines, entry.target);
    const line = (changed ?? lines)[index];
    if (line?.kind !== 'message' || entry.seq <= line.changed) continue;
    changed ??= [...lines];
    changed[index] = changedMessage(line, entry, me);
  }
  return changed ?? lines;
}

/** Where the line with this number stands; -1 when there is none. Lines ascend. */
export function indexOfSeq(lines: readonly Line[], seq: number): number {
  const index = indexFromSeq(lines, seq);
  return lines[index]?.seq === seq ? index : -1;
}

/** The first line with this number or a later one; the length when there is none. */
export function indexFromSeq(lines: readonly Line[], seq: number): number {
  let low = 0;
  let high = lines.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((lines[middle]?.seq ?? 0) < seq) low = middle + 1;
    else high = middle;
  }
  return low;
}

function lineOf(entry: RoomEntry, state: MessageState | undefined): Line | null {
  const { seq, at, by } = entry;
  switch (entry.kind) {
    case 'message': {
      const { text, reply_to, mentions, files, recalled } = entry.body;
      const isRecalled = recalled === true || (state !== undefined && state.recalled_by !== null);
      return {
        kind: 'message',
        seq,
        at,
        by,
        command: entry.command,
        text: isRecalled ? null : state ? state.text : text,
        replyTo: reply_to,
        mentions: state?.mentions ?? mentions,
        files: isRecalled ? [] : files,
        edits: state?.edits ?? 0,
        isRecalled,
        recalledBy: isRecalled ? (state?.recalled_by ?? by) : null,
        reactions: state?.reactions ?? [],
        changed: state?.changed ?? seq,
      };
    }
    case 'membership':
      return { kind: 'membership', seq, at, by, person: entry.body.person, change: entry.body.change };
    case 'topic':
      return { kind: 'topic', seq, at, by, name: entry.body.name, topic: entry.body.topic };
    case 'order':
      return { kind: 'order', seq, at, by, body: entry.body };
    case 'edit':
    case 'recall':
    case 'reaction':
      return null;
    default:
      // Rooms will hold more kinds than this client knows; it shows those that it knows.
      entry satisfies never;
      return null;
  }
}

function changedMessage(line: MessageLine, entry: RoomEntry, me: number): MessageLine {
  const changed = entry.seq;
  switch (entry.kind) {
    case 'edit':
      if (line.isRecalled) return { ...line, changed };
      return { ...line, changed, text: entry.body.text, mentions: entry.body.mentions, edits: line.edits + 1 };
    case 'recall':
      return { ...line, changed, text: null, files: [], mentions: [], isRecalled: true, recalledBy: entry.by };
    case 'reaction':
      return { ...line, changed, reactions: changedReactions(line.reactions, entry.by, entry.body, me) };
    default:
      return { ...line, changed };
  }
}

function changedReactions(
  reactions: readonly Reaction[],
  by: number | null,
  { emoji, on }: { emoji: string; on: boolean },
  me: number,
): readonly Reaction[] {
  const known = reactions.find((reaction) => reaction.emoji === emoji);
  if (!known) {
    if (!on) return reactions;
    return [...reactions, { emoji, count: 1, people: by === null ? [] : [by], mine: by === me }];
  }
  const others = known.people.filter((person) => person !== by);
  const next: Reaction = {
    emoji,
    count: known.count + (on ? 1 : -1),
    people: on && by !== null ? [...others, by].slice(0, NAMED_PEOPLE) : others,
    mine: by === me ? on : known.mine,
  };
  return reactions.flatMap((reaction) => (reaction !== known ? [reaction] : next.count > 0 ? [next] : []));
}
