import { untrack } from 'svelte';
import { ApiProblem, api } from '../api/client';
import type {
  Ack,
  EditingMessage,
  FlowDraftMessage,
  LookingMessage,
  Me,
  ReadMessage,
  RunProgressMessage,
  Transport,
  TypingMessage,
} from '../api/types';
import { people } from '../people/people.svelte';
import { presence } from '../people/presence.svelte';
import { session } from '../session.svelte';
import { LiveCore, type ConnectionStatus, type LogReader, type SignalMessage } from './core';
import { Listeners } from './listeners';
import { openLongPoll } from './long_poll';
import type { CommandRequest, TransportKind } from './protocol';
import { openShortPoll } from './short_poll';
import { openEventStream } from './sse';
import { openWebSocket } from './websocket';

/** How this page is connected to the server. */
class Connection {
  status = $state<ConnectionStatus>('connecting');
  /** Null while there is no connection. */
  transport = $state<TransportKind | null>(null);
}

export const connection = new Connection();

interface Running {
  core: LiveCore;
  person: number;
  setting: Transport;
}

let running: Running | null = null;
const starts = new Listeners<Me>();
const stops = new Listeners<void>();
const reads = new Listeners<ReadMessage>();
const typings = new Listeners<TypingMessage>();
const lookings = new Listeners<LookingMessage>();
const editings = new Listeners<EditingMessage>();
const flowDrafts = new Listeners<FlowDraftMessage>();
const runProgresses = new Listeners<RunProgressMessage>();
const counted = new Listeners<void>();
const gaps = new Listeners<void>();

/** What features use: read logs, send commands, hear signals. Where it all comes from is no concern of theirs. */
export const live = {
  /**
   * Entries after `after`, each once and in order, until `unfollow` or the end of the session.
   * False when the connection carries as many logs as it can.
   */
  follow: (log: string, after: number, reader: LogReader): boolean =>
    running?.core.follow(log, after, reader) ?? false,
  unfollow: (log: string): void => running?.core.unfollow(log),
  send,
  /** Tells the others in the room; nothing comes back. */
  typing: (room: number): void => running?.core.typing(room),
  /** Tells the others that I look at this order, that I am about to decide, or (null) that I leave. */
  looking: (room: number, deciding: boolean | null): void => running?.core.looking(room, deciding),
  /** Tells the others who design flows that I work on this flow, and on which node; repeated while I do. */
  editing: (flow: string, node: string | null, here: boolean): void => running?.core.editing(flow, node, here),
  /** Called now when somebody is signed in already, and at every sign-in. */
  onStart(listener: (me: Me) => void): () => void {
    if (running && session.me) listener(session.me);
    return starts.add(listener);
  },
  onStop: (listener: () => void): (() => void) => stops.add(listener),
  onRead: (listener: (message: ReadMessage) => void): (() => void) => reads.add(listener),
  onTyping: (listener: (message: TypingMessage) => void): (() => void) => typings.add(listener),
  onLooking: (listener: (message: LookingMessage) => void): (() => void) => lookings.add(listener),
  onEditing: (listener: (message: EditingMessage) => void): (() => void) => editings.add(listener),
  onFlowDraft: (listener: (message: FlowDraftMessage) => void): (() => void) => flowDrafts.add(listener),
  onRunProgress: (listener: (message: RunProgressMessage) => void): (() => void) => runProgresses.add(listener),
  /** Something that the dashboard counts has changed. */
  onDashboard: (listener: () => void): (() => void) => counted.add(listener),
  /** The connection is there again. No entry was missed, but read positions and the like may have been: ask for them. */
  onGap: (listener: () => void): (() => void) => gaps.add(listener),
};

/** Sends a command until it is acknowledged; rejects with an `ApiProblem` when the server refuses it. */
export function send(command: CommandRequest): Promise<Ack> {
  if (running) return running.core.outbox.send(command);
  return Promise.reject(new ApiProblem({ type: '/problems/not_signed_in', title: 'Not signed in', status: 401 }));
}

/** Starting again for the same person changes nothing but the chosen transport. */
export function startLive(me: Me): void {
  const { transport: setting } = me.settings;
  const person = me.person.id;
  if (running?.person === person) {
    if (running.setting !== setting) {
      running.setting = setting;
      running.core.choose(setting);
    }
    return;
  }
  stopLive();
  const core = new LiveCore({
    origin: location.origin,
    setting,
    open: {
      websocket: openWebSocket,
      sse: openEventStream,
      long_poll: openLongPoll,
      short_poll: openShortPoll,
    },
    post: (command) => api.post<Ack>('/api/commands', command),
    postTyping: (room) => void api.post('/api/commands', { type: 'typing', room }).catch(() => undefined),
    postNotice: (notice) => void api.post('/api/commands', notice).catch(() => undefined),
    probe,
    networkIsDown: () => !navigator.onLine,
    changed: (status, transport) => {
      connection.status = status;
      connection.transport = transport;
      watchForGaps(status);
    },
    signal,
    sessionEnded: () => void sessionEnded(core),
  });
  running = { core, person, setting };
  core.start();
  starts.tell(me);
}

export function stopLive(): void {
  if (!running) return;
  running.core.stop();
  running = null;
  wasOnline = false;
  presence.clear();
  connection.status = 'connecting';
  connection.transport = null;
  stops.tell();
}

let wasOnline = false;
/** No answer is an answer, too: the next attempt waits for this one. */
const PROBE_WITHIN_MS = 10_000;

function watchForGaps(status: ConnectionStatus): void {
  if (status !== 'online') return;
  if (wasOnline) gaps.tell();
  wasOnline = true;
}

async function sessionEnded(core: LiveCore): Promise<void> {
  await session.refresh();
  // Another tab may have signed in again meanwhile; the cookie is good then, and we begin anew.
  if (running?.core !== core) return;
  stopLive();
  if (session.me) startLive(session.me);
}

async function probe(): Promise<'reachable' | 'unreachable' | 'session_ended'> {
  try {
    await api.get('/api/me', { signal: AbortSignal.timeout(PROBE_WITHIN_MS) });
    return 'reachable';
  } catch (cause) {
    const status = cause instanceof ApiProblem ? cause.status : 0;
    if (status === 401) return 'session_ended';
    return status === 0 || status >= 500 ? 'unreachable' : 'reachable';
  }
}

function signal(message: SignalMessage): void {
  switch (message.type) {
    case 'hello':
      return presence.replace(message.online);
    case 'presence':
      return presence.change(message.online, message.offline);
    case 'person':
      return people.put(message.person);
    case 'read':
      return reads.tell(message);
    case 'typing':
      return typings.tell(message);
    case 'looking':
      return lookings.tell(message);
    case 'editing':
      return editings.tell(message);
    case 'draft':
      return flowDrafts.tell(message);
    case 'run_progress':
      return runProgresses.tell(message);
    case 'dashboard':
      return counted.tell();
  }
}

const wake = () => running?.core.wake();
addEventListener('online', wake);
addEventListener('offline', () => running?.core.networkLost());
addEventListener('pageshow', (event) => event.persisted && wake());
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'visible') wake();
});

// The connection lives exactly as long as somebody is signed in, whichever page is open.
$effect.root(() => {
  $effect(() => {
    const me = session.me;
    untrack(() => (me ? startLive(me) : stopLive()));
  });
});
