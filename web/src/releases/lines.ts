import { lookAfter, PLAIN, plainText, type Style } from './ansi';
import type { OutputBody, OutputEntry } from './types';

/** A line without an end would be one row of megabytes: it goes on in a further row after so many characters. */
const LONGEST_ROW = 4_000;

/** One row of the output. */
export interface OutputLine {
  /** The same whenever and however it was read. */
  key: string;
  /** The entry in which it begins. */
  seq: number;
  at: number;
  /** With its escapes. */
  text: string;
  /** The look that the lines before left behind. */
  start: Style;
  /** How many lines stand before it in what was read; null for a row that goes on with the line above. */
  index: number | null;
  /** What stands in place of text. */
  mark: { cut: NonNullable<OutputBody['cut']> } | { end: NonNullable<OutputBody['end']> } | null;
}

/** Lines out of pieces that may begin and end anywhere in a line. */
export class Lines {
  readonly all: OutputLine[] = [];
  /** How many lines have ended. */
  ended = 0;
  #isOpen = false;
  #look: Style = PLAIN;

  /** The open line, if there is one, goes on as a new object, so that it is drawn anew. */
  add({ seq, at, body }: OutputEntry): void {
    if (body.text !== undefined) this.#addText(seq, at, body.text);
    if (body.cut) this.#addMark(seq, at, { cut: body.cut });
    if (body.end) this.#addMark(seq, at, { end: body.end });
  }

  #addText(seq: number, at: number, text: string): void {
    const pieces = text.split('\n');
    const last = pieces.pop() ?? '';
    let part = 0;
    for (const piece of pieces) {
      this.#put(seq, at, piece, part);
      this.#isOpen = false;
      this.ended += 1;
      part += 1;
    }
    if (last === '') return;
    this.#put(seq, at, last, part);
    this.#isOpen = true;
  }

  #put(seq: number, at: number, text: string, part: number): void {
    const open = this.#isOpen ? this.all.at(-1) : undefined;
    let rest = text;
    if (open && open.mark === null && open.text.length < LONGEST_ROW) {
      const room = LONGEST_ROW - open.text.length;
      this.all[this.all.length - 1] = { ...open, text: lastState(open.text + rest.slice(0, room)) };
      this.#look = lookAfter(rest.slice(0, room), this.#look);
      rest = rest.slice(room);
      if (rest === '') return;
    }
    for (let from = 0; from === 0 || from < rest.length; from += LONGEST_ROW) {
      const row = lastState(rest.slice(from, from + LONGEST_ROW));
      const goesOn = from > 0 || open !== undefined;
      this.all.push({ key: `${seq}.${part}.${from}`, seq, at, text: row, start: this.#look, index: goesOn ? null : this.ended, mark: null });
      this.#look = lookAfter(row, this.#look);
    }
  }

  #addMark(seq: number, at: number, mark: NonNullable<OutputLine['mark']>): void {
    // What a script left unfinished is a line, too.
    if (this.#isOpen) this.ended += 1;
    this.#isOpen = false;
    this.#look = PLAIN;
    this.all.push({ key: `${seq}.${'cut' in mark ? 'cut' : 'end'}`, seq, at, text: '', start: PLAIN, index: null, mark });
  }
}

/** What a line shows that went back to its beginning and was written over, as a progress in words is. */
function lastState(text: string): string {
  return text.slice(text.lastIndexOf('\r', text.length - 2) + 1);
}

/** How many lines ended before an entry, as far as that is known: only from the first entry on without a hole. */
export class LineCounts {
  readonly #before = new Map<number, number>([[1, 0]]);

  before(seq: number): number | null {
    return this.#before.get(seq) ?? null;
  }

  add(entries: readonly OutputEntry[]): void {
    for (const entry of entries) {
      const before = this.#before.get(entry.seq);
      if (before !== undefined) this.#before.set(entry.seq + 1, before + linesEndedIn(entry));
    }
  }
}

function linesEndedIn({ body }: OutputEntry): number {
  return body.text === undefined ? 0 : body.text.split('\n').length - 1;
}

/** Where in the plain text of a line the words stand; nothing for words that are empty. */
export function findIn(text: string, words: string): number[] {
  if (words === '') return [];
  const plain = plainText(text).toLowerCase();
  const wanted = words.toLowerCase();
  const found: number[] = [];
  for (let from = plain.indexOf(wanted); from >= 0; from = plain.indexOf(wanted, from + wanted.length)) found.push(from);
  return found;
}
