import { SvelteMap } from 'svelte/reactivity';
import { asProblem } from '../../api/client';
import type { File } from '../../api/types';
import { live } from '../../live/connection.svelte';
import { toasts } from '../../ui/toasts.svelte';
import type { MessageLine } from '../fold';
import { Members } from '../members.svelte';
import type { Room } from '../room.svelte';
import { RoomWindow } from '../window.svelte';
import type { RoomExtension } from './extension';

/** What the text box is for just now. */
export type Composing =
  | { kind: 'new' }
  | { kind: 'reply'; to: MessageLine }
  | { kind: 'edit'; line: MessageLine };

/** What stands over the conversation. */
export type Overlay =
  | { kind: 'history'; line: MessageLine }
  | { kind: 'recall'; line: MessageLine }
  | { kind: 'image'; file: File };

/** One open room: what its parts on the screen share. */
export class Conversation {
  readonly room: Room;
  readonly me: number;
  readonly window: RoomWindow;
  readonly members: Members;
  composing = $state.raw<Composing>({ kind: 'new' });
  overlay = $state.raw<Overlay | null>(null);
  /** The text of an edit that the server has not confirmed yet, by message. */
  readonly savingEdits = new SvelteMap<number, string>();
  /** What I have just recalled, to be put right and said again; only this page still knows it. */
  readonly recalledTexts = new SvelteMap<number, string>();
  /** Puts text into the text box, for example that of a recalled message. */
  composeText: ((text: string) => void) | null = null;

  /** The menus of a message's toolbar are open: it stays, wherever the mouse goes. */
  isToolbarBusy = $state(false);
  /** The newest message of mine: who has read it has read all of mine. */
  readonly lastOwn: MessageLine | null = $derived.by(() => {
    const { lines } = this.window;
    for (let index = lines.length - 1; index >= 0; index -= 1) {
      const line = lines[index];
      if (line?.kind === 'message' && line.by === this.me && !line.isRecalled) return line;
    }
    return null;
  });

  /** What the room of an order has beside its talk; null in other rooms. */
  readonly extension: RoomExtension | null;

  constructor(room: Room, me: number, extension: RoomExtension | null = null) {
    this.room = room;
    this.me = me;
    this.extension = extension;
    this.window = new RoomWindow(room, me);
    this.members = new Members(room);
  }

  reconnected(): void {
    this.window.reconnected();
    if (this.members.hasFailed) void this.members.load();
  }

  reply(to: MessageLine): void {
    this.composing = { kind: 'reply', to };
  }

  edit(line: MessageLine): void {
    this.composing = { kind: 'edit', line };
  }

  async saveEdit(line: MessageLine, text: string): Promise<void> {
    if (text === line.text) return;
    this.savingEdits.set(line.seq, text);
    try {
      await live.send({ type: 'edit', room: this.room.id, seq: line.seq, text });
    } catch (cause) {
      toasts.problem(asProblem(cause));
      // What was written is not lost: it goes back where it was written.
      this.edit(line);
      queueMicrotask(() => this.composeText?.(text));
    } finally {
      this.savingEdits.delete(line.seq);
    }
  }

  async recall(line: MessageLine): Promise<void> {
    await live.send({ type: 'recall', room: this.room.id, seq: line.seq });
    if (line.by === this.me && line.text) this.recalledTexts.set(line.seq, line.text);
  }

  /** Puts the text of a recalled message back where it was written. */
  writeAgain(text: string): void {
    this.composing = { kind: 'new' };
    this.composeText?.(text);
  }

  react(line: MessageLine, emoji: string, on: boolean): void {
    live.send({ type: 'react', room: this.room.id, seq: line.seq, emoji, on }).catch((cause: unknown) => {
      toasts.problem(asProblem(cause));
    });
  }

}
