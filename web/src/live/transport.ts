import type { Cursors } from './cursors';
import type { ClientMessage, ServerMessage } from '../api/types';
import type { TransportKind } from './protocol';

/** Why a connection ended by itself. `failed` may be the network, a proxy or the server. */
export type CloseReason = 'session_ended' | 'server_stops' | 'failed';

export interface TransportEvents {
  /** The first proof that this way works; only once. */
  opened(): void;
  message(message: ServerMessage): void;
  /** Nothing follows after it. Not told after `close()`. */
  closed(reason: CloseReason): void;
}

/** What a transport may ask its owner: where to go on from. */
export interface TransportContext {
  /** The address of the page, for example `https://chat.example.org`. */
  origin: string;
  cursors(): Cursors;
}

/** One way to keep reading. It opens when it is made, and reports to its events. */
export interface Transport {
  readonly kind: TransportKind;
  /** Whether messages can go up this connection; otherwise commands are posted. */
  readonly carriesCommands: boolean;
  /** False when the message could not be handed over. */
  send(message: ClientMessage): boolean;
  /** The cursors of the context have changed in a way that the server has to be told: `logs` are new or set back. */
  follow(logs: Cursors): void;
  unfollow(log: string): void;
  /** Find out soon whether the other side is still there. */
  check(): void;
  /** Ends it without an event. */
  close(): void;
}

export type OpenTransport = (context: TransportContext, events: TransportEvents) => Transport;

export function parseMessage(text: string): ServerMessage | null {
  try {
    return JSON.parse(text) as ServerMessage;
  } catch {
    // A frame that is no JSON comes from something between us and the server; it says nothing that we need.
    return null;
  }
}
