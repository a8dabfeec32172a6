import { describe, expect, it } from 'vitest';
import type { MessageState, RoomEntry } from '../api/types';
import { applyChanges, indexFromSeq, indexOfSeq, linesOf, type MessageLine } from './fold';

const me = 5;
type Part<Kind extends RoomEntry['kind']> = Extract<RoomEntry, { kind: Kind }>;

function said(seq: number, text = 'hello', by = me): Part<'message'> {
  const body = { text, reply_to: null, mentions: [], files: [] };
  return { seq, at: seq, by, kind: 'message', target: null, command: null, body };
}
function edited(seq: number, target: number, text: string): Part<'edit'> {
  return { seq, at: seq, by: me, kind: 'edit', target, command: null, body: { text, mentions: [9] } };
}
function recalled(seq: number, target: number, by = me): Part<'recall'> {
  return { seq, at: seq, by, kind: 'recall', target, command: null, body: {} };
}
function reacted(seq: number, target: number, by: number, on = true, emoji = '👍'): Part<'reaction'> {
  return { seq, at: seq, by, kind: 'reaction', target, command: null, body: { emoji, on } };
}
function joined(seq: number): Part<'membership'> {
  return { seq, at: seq, by: 7, kind: 'membership', target: null, command: null, body: { person: 7, change: 'joined' } };
}
function stateOf(seq: number, changes: Partial<MessageState>): MessageState {
  const base = { seq, changed: seq, text: 'hello', mentions: [], edits: 0, recalled_by: null, reactions: [] };
  return { ...base, ...changes };
}

/** The first message after these entries, read one after the other as they come live. */
function folded(...entries: RoomEntry[]): MessageLine {
  const lines = applyChanges(linesOf(entries), entries, me);
  const line = lines[0];
  if (line?.kind !== 'message') throw new Error('no message');
  return line;
}

describe('live entries', () => {
  it('an edit replaces text and mentions, and is counted', () => {
    expect(folded(said(1), edited(2, 1, 'a'), edited(3, 1, 'b'))).toMatchObject({ text: 'b', mentions: [9], edits: 2 });
  });

  it('a recall takes the text away, and says who did it', () => {
    const line = folded(said(1), recalled(2, 1, 8));
    expect(line).toMatchObject({ text: null, isRecalled: true, recalledBy: 8 });
  });

  it('an edit after a recall brings nothing back', () => {
    expect(folded(said(1), recalled(2, 1), edited(3, 1, 'again'))).toMatchObject({ text: null, isRecalled: true });
  });

  it('reactions are counted per emoji, in the order of their first use', () => {
    const line = folded(said(1), reacted(2, 1, 7), reacted(3, 1, me, true, '🎉'), reacted(4, 1, me));
    expect(line.reactions).toEqual([
      { emoji: '👍', count: 2, people: [7, me], mine: true },
      { emoji: '🎉', count: 1, people: [me], mine: true },
    ]);
  });

  it('a reaction that nobody holds any more goes', () => {
    expect(folded(said(1), reacted(2, 1, 7), reacted(3, 1, 7, false)).reactions).toEqual([]);
  });

  it('people of a reaction are named up to twenty, and counted beyond', () => {
    const reactions = Array.from({ length: 25 }, (_, index) => reacted(index + 2, 1, index + 100));
    const [reaction] = folded(said(1), ...reactions).reactions;
    expect(reaction?.count).toBe(25);
    expect(reaction?.people).toHaveLength(20);
  });

  it('membership is a line of its own', () => {
    expect(linesOf([joined(1), said(2)]).map((line) => line.kind)).toEqual(['membership', 'message']);
  });
});

describe('states', () => {
  it('a message shows what its state says', () => {
    const state = stateOf(1, { changed: 40, text: 'hello!', edits: 1 });
    expect(linesOf([said(1)], [state])[0]).toMatchObject({ text: 'hello!', edits: 1, changed: 40 });
  });

  it('a recalled message names who recalled it', () => {
    const entry = said(1);
    entry.body = { ...entry.body, text: null, recalled: true };
    const state = stateOf(1, { changed: 3, text: null, recalled_by: 8 });
    expect(linesOf([entry], [state])[0]).toMatchObject({ isRecalled: true, recalledBy: 8, text: null });
  });

  it('entries that are folded in already are not applied again', () => {
    const reactions = [{ emoji: '👍', count: 1, people: [7], mine: false }];
    const lines = linesOf([said(1)], [stateOf(1, { changed: 40, reactions })]);
    expect(applyChanges(lines, [reacted(40, 1, 7)], me)).toBe(lines);
    const [line] = applyChanges(lines, [reacted(40, 1, 7), reacted(41, 1, me)], me);
    expect(line).toMatchObject({ changed: 41, reactions: [{ emoji: '👍', count: 2, mine: true }] });
  });

  it('the same page twice gives the same', () => {
    const page: RoomEntry[] = [said(1), edited(2, 1, 'a'), reacted(3, 1, 7)];
    const once = applyChanges(linesOf(page), page, me);
    expect(applyChanges(once, page, me)).toBe(once);
  });
});

it('finds lines by number where numbers are missing', () => {
  const lines = linesOf([said(1), said(4), said(9)]);
  expect([indexOfSeq(lines, 4), indexOfSeq(lines, 5)]).toEqual([1, -1]);
  expect([indexFromSeq(lines, 5), indexFromSeq(lines, 10)]).toEqual([2, 3]);
});
