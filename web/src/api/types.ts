/**
 * The objects of the wire, as docs/protocol.md describes them.
 * Times are Unix milliseconds, ids are whole numbers.
 */

export type Language = 'zh-CN' | 'en';
export type Theme = 'system' | 'light' | 'dark';
export type Transport = 'auto' | 'websocket' | 'sse' | 'long_poll' | 'short_poll';
export type Role = 'administrator' | 'member' | 'guest';

export interface Site {
  name: string;
  version: string;
  /** Reachable from outside without https. */
  insecure: boolean;
}

export interface Settings {
  transport: Transport;
  theme: Theme;
}

export interface Person {
  id: number;
  username: string;
  name: string;
  /** A URL, or null when there is no picture. */
  avatar: string | null;
  role: Role;
  active: boolean;
  language: Language | null;
}

export type Permission =
  | 'design_flows'
  | 'publish_flows'
  | 'publish_running_flows'
  | 'manage_hosts'
  | 'start_release';

export interface Grant {
  permission: Permission;
  /** Text or "*" with `start_release`, else null. */
  application: string | null;
  environment: string | null;
}

export interface Me {
  person: Person;
  /** The id of the session; absent for a program that came with a token. */
  session: number | null;
  permissions: Grant[];
  settings: Settings;
  max_file_bytes: number;
}

export interface Session {
  id: number;
  current: boolean;
  created_at: number;
  last_seen_at: number;
  expires_at: number;
  address: string;
  user_agent: string;
}

export interface Token {
  id: number;
  name: string;
  created_at: number;
  last_used_at: number | null;
  expires_at: number | null;
}

export interface Invitation {
  id: number;
  role: Role;
  /** The id of the room that the newcomer enters, or null. */
  room: number | null;
  /** How often it may still be used. */
  uses_left: number;
  invited_by: number;
  created_at: number;
  expires_at: number;
}

/** What a visitor with the link sees before there is an account. */
export interface InvitationPreview {
  invited_by: string;
  role: Role;
  /** The room's name. */
  room: string | null;
  expires_at: number;
}

export interface FieldError {
  field: string;
  code: string;
  message: string;
}

export interface Problem {
  /** Stable, for example `/problems/room_not_found`. */
  type: string;
  title: string;
  status: number;
  detail?: string | null;
  errors?: FieldError[];
  request_id?: string | null;
}

export interface File {
  id: string;
  name: string;
  size: number;
  media_type: string;
  width: number | null;
  height: number | null;
}

// Rooms

export type RoomKind = 'public' | 'private' | 'direct';

/** The name of a log: `feed`, or `r7` for the log of room 7. */
export type LogName = string;

export interface RoomSummary {
  id: number;
  log: LogName;
  kind: RoomKind;
  /** Empty for a direct room: show the name of `with`. */
  name: string;
  topic: string;
  owner: boolean;
  people: number;
  with: number | null;
  last_seq: number;
  read_seq: number;
  unread: number;
  mentions: number;
  last_at: number | null;
}

export interface RoomList {
  feed_seq: number;
  rooms: RoomSummary[];
}

export interface DirectoryRoom {
  id: number;
  name: string;
  topic: string;
  people: number;
  joined: boolean;
}

export interface DirectoryPage {
  rooms: DirectoryRoom[];
  has_more: boolean;
}

export interface RoomPerson {
  person: Person;
  owner: boolean;
  read_seq: number;
  joined_at: number;
}

export interface RoomPeoplePage {
  people: RoomPerson[];
  has_more: boolean;
}

export interface PeoplePage {
  people: Person[];
  has_more: boolean;
}

export interface MessageVersion {
  text: string;
  at: number;
  seq: number;
}

export interface SearchHit {
  room: number;
  seq: number;
  at: number;
  by: number;
  text: string;
}

export interface SearchPage {
  hits: SearchHit[];
  next: string | null;
}

// Entries

export interface MessageBody {
  /** Null once recalled. */
  text: string | null;
  reply_to: number | null;
  mentions: number[];
  files: File[];
  recalled?: true;
}

export interface EditBody {
  /** Null once recalled. */
  text: string | null;
  mentions: number[];
}

export type RecallBody = Record<string, never>;

export interface ReactionBody {
  emoji: string;
  on: boolean;
}

export type MembershipChange = 'created' | 'joined' | 'left' | 'added' | 'removed';

export interface MembershipBody {
  person: number;
  change: MembershipChange;
}

export interface TopicBody {
  name: string;
  topic: string;
}

export interface RoomAddedBody {
  room: number;
}

export interface RoomRemovedBody {
  room: number;
  reason: 'left' | 'removed';
}

export interface MentionBody {
  room: number;
  seq: number;
}

interface EntryOf<Kind extends string, Target, Body> {
  seq: number;
  at: number;
  /** The person; null: the system. */
  by: number | null;
  kind: Kind;
  /** The seq of the entry that this one is about. */
  target: Target;
  command: string | null;
  body: Body;
}

export type MessageEntry = EntryOf<'message', null, MessageBody>;
export type EditEntry = EntryOf<'edit', number, EditBody>;
export type RecallEntry = EntryOf<'recall', number, RecallBody>;
export type ReactionEntry = EntryOf<'reaction', number, ReactionBody>;
export type MembershipEntry = EntryOf<'membership', null, MembershipBody>;
export type TopicEntry = EntryOf<'topic', null, TopicBody>;
export type RoomEntry =
  | MessageEntry
  | EditEntry
  | RecallEntry
  | ReactionEntry
  | MembershipEntry
  | TopicEntry;

export type RoomAddedEntry = EntryOf<'room_added', null, RoomAddedBody>;
export type RoomRemovedEntry = EntryOf<'room_removed', null, RoomRemovedBody>;
export type MentionEntry = EntryOf<'mention', null, MentionBody>;
export type FeedEntry = RoomAddedEntry | RoomRemovedEntry | MentionEntry;

export type Entry = RoomEntry | FeedEntry;

export interface Reaction {
  emoji: string;
  count: number;
  /** At most 20 ids. */
  people: number[];
  mine: boolean;
}

/** What became of a message; apply only entries with `seq > changed` to it. */
export interface MessageState {
  seq: number;
  changed: number;
  text: string | null;
  mentions: number[];
  edits: number;
  recalled_by: number | null;
  reactions: Reaction[];
}

export interface EntriesPage {
  log: LogName;
  entries: RoomEntry[];
  states: MessageState[];
  has_more: boolean;
  last_seq: number;
}

// Commands

export interface SayCommand {
  type: 'say';
  command: string;
  room: number;
  text: string;
  reply_to?: number | null;
  files?: string[];
}

export interface EditCommand {
  type: 'edit';
  command: string;
  room: number;
  seq: number;
  text: string;
}

export interface RecallCommand {
  type: 'recall';
  command: string;
  room: number;
  seq: number;
}

export interface ReactCommand {
  type: 'react';
  command: string;
  room: number;
  seq: number;
  emoji: string;
  on: boolean;
}

export interface JoinCommand {
  type: 'join';
  command: string;
  room: number;
}

export interface LeaveCommand {
  type: 'leave';
  command: string;
  room: number;
}

export interface AddPersonCommand {
  type: 'add_person';
  command: string;
  room: number;
  person: number;
}

export interface RemovePersonCommand {
  type: 'remove_person';
  command: string;
  room: number;
  person: number;
}

export interface RenameCommand {
  type: 'rename';
  command: string;
  room: number;
  name?: string;
  topic?: string;
}

export interface ReadCommand {
  type: 'read';
  command?: string;
  room: number;
  seq: number;
}

export type Command =
  | SayCommand
  | EditCommand
  | RecallCommand
  | ReactCommand
  | JoinCommand
  | LeaveCommand
  | AddPersonCommand
  | RemovePersonCommand
  | RenameCommand
  | ReadCommand;

/** Not a command: nothing is kept and nothing is answered. */
export interface TypingSignal {
  type: 'typing';
  room: number;
}

export interface Ack {
  type: 'ack';
  command: string | null;
  room: number;
  /** Null when nothing had to change. */
  seq: number | null;
  at: number;
}

// Live

export interface FollowMessage {
  type: 'follow';
  logs: Record<LogName, number>;
}

export interface UnfollowMessage {
  type: 'unfollow';
  log: LogName;
}

export interface PingMessage {
  type: 'ping';
}

export type ClientMessage = FollowMessage | UnfollowMessage | PingMessage | TypingSignal | Command;

export interface HelloMessage {
  type: 'hello';
  protocol: number;
  person: number;
  online: number[];
}

export interface FollowedMessage {
  type: 'followed';
  log: LogName;
  last_seq: number;
}

export interface EntriesMessage {
  type: 'entries';
  log: LogName;
  entries: Entry[];
}

export interface JumpMessage {
  type: 'jump';
  log: LogName;
  last_seq: number;
}

export interface EndedMessage {
  type: 'ended';
  log: LogName;
  reason: 'left' | 'removed' | 'not_found';
}

export interface ReadMessage {
  type: 'read';
  room: number;
  person: number;
  seq: number;
}

export interface TypingMessage {
  type: 'typing';
  room: number;
  person: number;
}

export interface PresenceMessage {
  type: 'presence';
  online: number[];
  offline: number[];
}

export interface PersonMessage {
  type: 'person';
  person: Person;
}

export interface RefusedMessage {
  type: 'refused';
  command: string | null;
  problem: Problem;
}

export interface PongMessage {
  type: 'pong';
}

export interface ErrorMessage {
  type: 'error';
  problem: Problem;
}

export type ServerMessage =
  | HelloMessage
  | FollowedMessage
  | EntriesMessage
  | JumpMessage
  | EndedMessage
  | ReadMessage
  | TypingMessage
  | PresenceMessage
  | PersonMessage
  | Ack
  | RefusedMessage
  | PongMessage
  | ErrorMessage;

/** The answer of a poll of `/api/live`. */
export interface LivePoll {
  messages: ServerMessage[];
  after: string;
}
