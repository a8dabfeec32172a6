import { asProblem, newCommandId } from '../api/client';
import type { File } from '../api/types';
import { live } from '../live/connection.svelte';
import { storage } from './storage';

/** A message of one's own from the moment it is said until it stands in the log. */
export interface PendingMessage {
  command: string;
  room: number;
  text: string;
  replyTo: number | null;
  files: readonly File[];
  at: number;
  /** Why the server refused it; null while it is on its way. */
  refusal: string | null;
  /** Where it stands in the log, once the server has said so. */
  seq: number | null;
}

/** What could not be said for so long is not said by surprise, and not kept for rooms that are gone. */
const KEEP_FOR_MS = 7 * 86_400_000;

/**
 * What was said and is not in the log yet. It is kept in the browser too, each message under a key of its own so
 * that tabs do not overwrite each other; a reload sends it again with the same id, and so never twice.
 */
class Outgoing {
  #messages = $state.raw<readonly PendingMessage[]>([]);
  #person = 0;

  in(room: number): readonly PendingMessage[] {
    return this.#messages.filter((message) => message.room === room);
  }

  start(person: number): void {
    this.#person = person;
    const all = storage.keys(this.#prefix).flatMap((key) => parsed(storage.read(key)));
    const kept = all.filter((message) => Date.now() - message.at < KEEP_FOR_MS);
    for (const message of all) if (!kept.includes(message)) storage.remove(this.#prefix + message.command);
    kept.sort((one, other) => one.at - other.at);
    this.#messages = kept;
    for (const message of kept) if (message.refusal === null) this.#send(message);
  }

  stop(): void {
    this.#messages = [];
  }

  say(room: number, text: string, replyTo: number | null, files: readonly File[]): void {
    const command = newCommandId();
    this.#say({ command, room, text, replyTo, files, at: Date.now(), refusal: null, seq: null });
  }

  /** A refused command has changed nothing; the text goes again as a new one. */
  retry(message: PendingMessage): void {
    this.drop(message.command);
    this.#say({ ...message, command: newCommandId(), at: Date.now(), refusal: null });
  }

  drop(command: string): void {
    storage.remove(this.#prefix + command);
    if (this.#messages.some((message) => message.command === command)) {
      this.#messages = this.#messages.filter((message) => message.command !== command);
    }
  }

  /** The log was read on to `seq` without its entries passing by: what was acknowledged up to there stands in it. */
  dropUntil(room: number, seq: number): void {
    for (const message of this.in(room)) {
      if (message.seq !== null && message.seq <= seq) this.drop(message.command);
    }
  }

  #say(message: PendingMessage): void {
    this.#messages = [...this.#messages, message];
    storage.write(this.#prefix + message.command, JSON.stringify(message));
    this.#send(message);
  }

  #send({ command, room, text, replyTo, files }: PendingMessage): void {
    const person = this.#person;
    live
      .send({
        type: 'say',
        command,
        room,
        text,
        ...(replyTo === null ? {} : { reply_to: replyTo }),
        ...(files.length === 0 ? {} : { files: files.map((file) => file.id) }),
      })
      .then((ack) => {
        storage.remove(this.#prefix + command);
        if (person === this.#person) this.#change(command, { seq: ack.seq });
      })
      .catch((cause: unknown) => {
        if (person === this.#person) this.#refused(command, asProblem(cause).message);
      });
  }

  #refused(command: string, refusal: string): void {
    this.#change(command, { refusal });
    const message = this.#messages.find((other) => other.command === command);
    if (message) storage.write(this.#prefix + command, JSON.stringify(message));
  }

  #change(command: string, changes: Partial<PendingMessage>): void {
    this.#messages = this.#messages.map((message) =>
      message.command === command ? { ...message, ...changes } : message,
    );
  }

  get #prefix(): string {
    return `countersign.outbox.${this.#person}.`;
  }
}

export const outgoing = new Outgoing();

function parsed(text: string | null): PendingMessage[] {
  try {
    const value = JSON.parse(text ?? '') as Partial<PendingMessage>;
    const isWhole = typeof value.command === 'string' && typeof value.room === 'number' && typeof value.text === 'string';
    return isWhole ? [value as PendingMessage] : [];
  } catch {
    return [];
  }
}
