import type { Component } from 'svelte';
import type { OrderLine } from '../fold';

/** What can be written in place of a message, for example `/approve`. */
export interface SlashCommand {
  /** With its slash. */
  name: string;
  /** One sentence on what it does. */
  text: string;
  /** Whether words follow it. */
  takesWords: boolean;
}

/** What a room can do that belongs to something, such as an order. Its getters are reactive. */
export interface RoomExtension {
  readonly Line: Component<{ line: OrderLine; isHighlighted: boolean }>;
  readonly commands: readonly SlashCommand[];
  readonly placeholder: string;
  /** Lines after this one are not shown; null: all are. */
  readonly until: number | null;
}
