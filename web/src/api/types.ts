/**
 * The objects of the wire, by the names that the client uses. They are generated from the server's own description
 * (`npm run types`); docs/protocol.md says what they mean. Times are Unix milliseconds, ids are whole numbers.
 */

import type { Move } from '../orders/page/types';
import type { components } from './schema';

type Schemas = components['schemas'];
type Typed<Union, Type extends string> = Extract<Union, { type: Type }>;

export type Language = Schemas['Language'];
export type Theme = Schemas['Theme'];
export type Transport = Schemas['Transport'];
export type Role = Schemas['Role'];
export type Site = Schemas['Site'];
export type Settings = Schemas['Settings'];
export type Person = Schemas['Person'];
export type Permission = Schemas['Permission'];
export type Grant = Required<Schemas['Grant']>;
export type Me = Schemas['Me'];
export type Session = Schemas['Session'];
export type Token = Schemas['Token'];
export type Invitation = Schemas['Invitation'];
export type InvitationPreview = Schemas['Preview'];
export type PeoplePage = Schemas['People'];
export type FieldError = Schemas['FieldProblem'];
export type Problem = Schemas['Problem'];
export type File = Schemas['File'];

// Rooms

export type RoomKind = Schemas['RoomKind'];
/** The name of a log: `feed`, or `r7` for the log of room 7. */
export type LogName = string;
export type RoomSummary = Schemas['RoomSummary'];
export type RoomList = Schemas['Rooms'];
export type DirectoryRoom = Schemas['ListedRoom'];
export type DirectoryPage = Schemas['Directory'];
export type RoomPerson = Schemas['RoomMember'];
export type RoomPeoplePage = Schemas['RoomPeople'];
export type MessageVersion = Schemas['Version'];
export type SearchHit = Schemas['Hit'];
export type SearchPage = Schemas['Hits'];
export type Reaction = Schemas['Reaction'];
/** What became of a message; apply only entries with `seq > changed` to it. */
export type MessageState = Schemas['MessageState'];
export type MembershipChange = Schemas['Change'];

// Entries

type EntryOf<Kind extends string, Target> = Extract<Schemas['AnyBody'], { kind: Kind }> &
  Omit<Schemas['Entry'], 'kind' | 'body' | 'target'> & { target: Target };

export type MessageEntry = EntryOf<'message', null>;
export type EditEntry = EntryOf<'edit', number>;
export type RecallEntry = EntryOf<'recall', number>;
export type ReactionEntry = EntryOf<'reaction', number>;
export type MembershipEntry = EntryOf<'membership', null>;
export type TopicEntry = EntryOf<'topic', null>;
/** What was decided, and what came of it: one entry for each command. */
export type OrderEntry = EntryOf<'order', null>;
export type RoomEntry =
  MessageEntry | EditEntry | RecallEntry | ReactionEntry | MembershipEntry | TopicEntry | OrderEntry;
/** A task of mine came or went. */
export type TaskEntry = EntryOf<'task', null>;
/** Something happened to an order that I have a part in. */
export type OrderNewsEntry = EntryOf<'order_news', null>;
export type FeedEntry =
  | EntryOf<'room_added', null>
  | EntryOf<'room_removed', null>
  | EntryOf<'mention', null>
  | TaskEntry
  | OrderNewsEntry;
/** What a script writes, in the log of its output. */
export type { OutputEntry } from '../releases/types';
export type Entry = RoomEntry | FeedEntry;
export type EntriesPage = Omit<Schemas['EntriesPage'], 'entries'> & { entries: RoomEntry[] };

// The live connection

/** A decision about an order. */
export type DecideCommand = Omit<Schemas['OrderCommand'], 'move'> & { move: Move };
export type Command = Schemas['RoomCommand'] | DecideCommand;
export type LookingNotice = Typed<Schemas['Control'], 'looking'>;
export type EditingNotice = Typed<Schemas['Control'], 'editing'>;
export type ClientMessage = Schemas['Control'] | Command;
export type Ack = Typed<Schemas['Answer'], 'ack'>;
export type EndedMessage = Typed<Schemas['LogMessage'], 'ended'>;
export type ReadMessage = Typed<Schemas['RoomSignal'], 'read'>;
export type TypingMessage = Typed<Schemas['RoomSignal'], 'typing'>;
export type LookingMessage = Typed<Schemas['RoomSignal'], 'looking'>;
export type EditingMessage = Typed<Schemas['FlowSignal'], 'editing'>;
export type FlowDraftMessage = Typed<Schemas['FlowSignal'], 'draft'>;
/** How far a script says that it is; `host` is null for one that runs on the server itself. */
export interface RunProgressMessage {
  type: 'run_progress';
  room: number;
  node: string;
  host: string | null;
  percent: number;
}
type EntriesMessage = Omit<Schemas['EntriesMessage'], 'entries'> & { entries: Entry[] };
export type ServerMessage =
  Exclude<Schemas['ServerMessage'], { type: 'entries' | 'run_progress' }> | EntriesMessage | RunProgressMessage;

/** The answer of a poll of `/api/live`. */
export interface LivePoll {
  messages: ServerMessage[];
  after: string;
}
