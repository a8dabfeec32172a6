import type { Command, EndedMessage, Transport } from '../api/types';

export type TransportKind = Exclude<Transport, 'auto'>;
export type EndReason = EndedMessage['reason'];

type WithoutId<C> = C extends Command ? Omit<C, 'command'> & { command?: string } : never;

/** A change that somebody asks for; the outbox gives it its `command` id when it has none yet. */
export type CommandRequest = WithoutId<Command>;

/** A command that has its id. */
export type IdentifiedCommand = Command & { command: string };
