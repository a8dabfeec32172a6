import type {
  ClientMessage,
  EditingNotice,
  Entry,
  LookingNotice,
  ServerMessage,
  Transport as TransportSetting,
} from '../api/types';
import { CursorSet, type Cursors } from './cursors';
import { Outbox, type OutboxRoutes } from './outbox';
import { FallbackPolicy } from './policy';
import type { EndReason, TransportKind } from './protocol';
import type { CloseReason, OpenTransport, Transport, TransportContext, TransportEvents } from './transport';

export type ConnectionStatus = 'connecting' | 'online' | 'reconnecting' | 'offline';

/** What a reader of one log hears: every entry once, in order. */
export interface LogReader {
  entries(entries: Entry[]): void;
  /** It was too far behind: following goes on after `lastSeq`, and what lies between was not told. */
  jump(lastSeq: number): void;
  ended(reason: EndReason): void;
}

/** Messages that are no entries. */
export type SignalMessage = Extract<
  ServerMessage,
  {
    type:
      | 'hello'
      | 'read'
      | 'typing'
      | 'looking'
      | 'presence'
      | 'person'
      | 'editing'
      | 'draft'
      | 'run_progress'
      | 'dashboard';
  }
>;

export interface LiveEnvironment {
  origin: string;
  setting: TransportSetting;
  open: Record<TransportKind, OpenTransport>;
  post: OutboxRoutes['post'];
  postTyping(room: number): void;
  postNotice(notice: LookingNotice | EditingNotice): void;
  /** A plain request: does the server answer at all, and is the session still good? */
  probe(): Promise<'reachable' | 'unreachable' | 'session_ended'>;
  networkIsDown(): boolean;
  random?: () => number;
  changed(status: ConnectionStatus, transport: TransportKind | null): void;
  signal(message: SignalMessage): void;
  sessionEnded(): void;
}

/** The server takes this many logs a connection. */
const LOGS_AT_MOST = 500;
/** A hole that following again did not fill is not asked for more often than this. */
const FOLLOW_AGAIN_AFTER_MS = 1_000;

/** One connection: the transports in turn, where every log was read to, and the commands on their way. */
export class LiveCore {
  readonly outbox: Outbox;
  readonly #environment: LiveEnvironment;
  readonly #context: TransportContext;
  #policy: FallbackPolicy;
  readonly #cursors = new CursorSet();
  readonly #readers = new Map<string, LogReader>();
  readonly #followAgain = new Map<string, { timer: ReturnType<typeof setTimeout>; stillMissing: boolean }>();
  /** Logs to be followed in one message at the end of this task. */
  #toFollow: Set<string> | null = null;
  #transport: Transport | null = null;
  #candidate: Transport | null = null;
  #openedAt: number | null = null;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #climb: ReturnType<typeof setTimeout> | undefined;
  #stopped = true;

  constructor(environment: LiveEnvironment) {
    this.#environment = environment;
    this.#policy = new FallbackPolicy(environment.setting, environment.random);
    this.#context = { origin: environment.origin, cursors: () => this.#cursors.all() };
    this.outbox = new Outbox({
      transmit: (command) => this.#send(command),
      post: (command) => environment.post(command),
    });
  }

  start(): void {
    this.#stopped = false;
    this.#environment.changed('connecting', null);
    this.#connect();
  }

  stop(): void {
    this.#stopped = true;
    this.#dropTransport();
    clearTimeout(this.#retry);
    for (const { timer } of this.#followAgain.values()) clearTimeout(timer);
    this.#followAgain.clear();
    this.outbox.close();
    this.#readers.clear();
    this.#cursors.clear();
  }

  /** Another way was chosen: it opens at once, and goes on where this one stands. */
  choose(setting: TransportSetting): void {
    this.#policy = new FallbackPolicy(setting, this.#environment.random);
    if (this.#stopped) return;
    this.#dropTransport();
    this.outbox.disconnected();
    this.#connect();
  }

  /** Reads the log on from `after`; following it again sets both anew. False when there are too many logs already. */
  follow(log: string, after: number, reader: LogReader): boolean {
    if (!this.#readers.has(log) && this.#readers.size >= LOGS_AT_MOST) return false;
    this.#readers.set(log, reader);
    this.#cursors.set(log, after);
    this.#announce(log);
    return true;
  }

  unfollow(log: string): void {
    if (!this.#readers.delete(log)) return;
    this.#cursors.delete(log);
    this.#toFollow?.delete(log);
    if (this.#openedAt !== null) this.#transport?.unfollow(log);
  }

  typing(room: number): void {
    if (!this.#send({ type: 'typing', room })) this.#environment.postTyping(room);
  }

  looking(room: number, deciding: boolean | null): void {
    this.#notify({ type: 'looking', room, deciding });
  }

  editing(flow: string, node: string | null, here: boolean): void {
    this.#notify({ type: 'editing', flow, node, here });
  }

  #notify(notice: LookingNotice | EditingNotice): void {
    if (!this.#send(notice)) this.#environment.postNotice(notice);
  }

  /** The network or the tab came back: look at once instead of waiting for a timer. */
  wake(): void {
    if (this.#stopped) return;
    if (this.#transport === null) {
      this.#connect();
    } else if (this.#openedAt !== null) {
      // After a sleep a connection may be dead without knowing it.
      this.#transport.check();
    }
  }

  /** The browser says that there is no network. The connection may prove it wrong, and is asked to. */
  networkLost(): void {
    if (this.#openedAt === null) this.#tellStatus();
    else this.#transport?.check();
  }

  #dropTransport(): void {
    this.#transport?.close();
    this.#candidate?.close();
    this.#transport = this.#candidate = null;
    this.#openedAt = null;
    clearTimeout(this.#climb);
  }

  #tellStatus(): void {
    const { changed, networkIsDown } = this.#environment;
    if (this.#openedAt !== null) changed('online', this.#transport?.kind ?? null);
    else changed(networkIsDown() ? 'offline' : 'reconnecting', null);
  }

  #connect(): void {
    clearTimeout(this.#retry);
    if (this.#stopped || this.#transport !== null) return;
    // Events name the transport that they belong to, and the transport exists only after it was opened.
    const own: { transport: Transport | null } = { transport: null };
    const isCurrent = () => own.transport !== null && own.transport === this.#transport;
    own.transport = this.#open(this.#policy.current, {
      opened: () => isCurrent() && this.#opened(),
      message: (message) => isCurrent() && this.#receive(message),
      closed: (reason) => isCurrent() && this.#closed(reason),
    });
    this.#transport = own.transport;
  }

  #open(kind: TransportKind, events: TransportEvents): Transport {
    return this.#environment.open[kind](this.#context, events);
  }

  #opened(): void {
    this.#openedAt = Date.now();
    const cursors = this.#cursors.all();
    if (this.#transport?.carriesCommands && Object.keys(cursors).length > 0) this.#transport.follow(cursors);
    this.#toFollow = null;
    this.outbox.reopened();
    this.#tellStatus();
    this.#planClimb();
  }

  #closed(reason: CloseReason): void {
    const livedMs = this.#openedAt === null ? 0 : Date.now() - this.#openedAt;
    this.#dropTransport();
    if (reason === 'session_ended') {
      this.stop();
      this.#environment.sessionEnded();
      return;
    }
    this.outbox.disconnected();
    this.#tellStatus();
    if (reason === 'server_stops') {
      this.#retryIn(this.#policy.returnDelayMs());
      return;
    }
    if (this.#policy.held(livedMs)) this.#retryIn(this.#policy.retryDelayMs());
    else void this.#fallOrRetry();
  }

  async #fallOrRetry(): Promise<void> {
    const answer = await this.#environment.probe();
    if (this.#stopped || this.#transport !== null) return;
    if (answer === 'session_ended') {
      this.stop();
      this.#environment.sessionEnded();
    } else if (answer === 'reachable' && this.#policy.failed()) {
      this.#connect();
    } else {
      this.#retryIn(this.#policy.retryDelayMs());
    }
  }

  #retryIn(delayMs: number): void {
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.#connect(), delayMs);
  }

  #planClimb(): void {
    clearTimeout(this.#climb);
    if (this.#policy.better.length === 0) return;
    this.#climb = setTimeout(() => this.#tryBetter([...this.#policy.better]), this.#policy.climbDelayMs());
  }

  /** Opens a better transport beside the one in use; only when it works does it take over. */
  #tryBetter(kinds: TransportKind[]): void {
    const kind = kinds.shift();
    if (kind === undefined) {
      this.#policy.climbFailed();
      this.#planClimb();
      return;
    }
    const own: { transport: Transport | null } = { transport: null };
    own.transport = this.#open(kind, {
      opened: () => own.transport === this.#candidate && this.#takeOver(kind),
      message: (message) => {
        if (own.transport === this.#transport) this.#receive(message);
      },
      closed: (reason) => {
        if (own.transport === this.#transport) return this.#closed(reason);
        if (own.transport !== this.#candidate) return;
        this.#candidate = null;
        this.#tryBetter(kinds);
      },
    });
    this.#candidate = own.transport;
  }

  #takeOver(kind: TransportKind): void {
    this.#transport?.close();
    this.#transport = this.#candidate;
    this.#candidate = null;
    this.#policy.climbed(kind);
    this.#opened();
  }

  #send(message: ClientMessage): boolean {
    return this.#openedAt !== null && (this.#transport?.send(message) ?? false);
  }

  /** Collects the logs of one task into one message: fifty rooms at the start are one request. */
  #announce(log: string): void {
    if (this.#toFollow === null) {
      this.#toFollow = new Set();
      queueMicrotask(() => this.#followNow());
    }
    this.#toFollow.add(log);
  }

  #followNow(): void {
    const logs: Cursors = {};
    for (const log of this.#toFollow ?? []) {
      const cursor = this.#cursors.get(log);
      if (cursor !== undefined) logs[log] = cursor;
    }
    this.#toFollow = null;
    // Before it opens there is nothing to tell: opening reads all cursors.
    if (Object.keys(logs).length > 0 && this.#openedAt !== null) this.#transport?.follow(logs);
    else if (this.#openedAt === null && this.#transport?.carriesCommands === false) this.#transport.follow(logs);
  }

  #followAgainFrom(log: string, after: number): void {
    const asked = this.#followAgain.get(log);
    if (asked) {
      asked.stillMissing = true;
      return;
    }
    this.#transport?.follow({ [log]: after });
    const timer = setTimeout(() => {
      const stillMissing = this.#followAgain.get(log)?.stillMissing;
      this.#followAgain.delete(log);
      const cursor = this.#cursors.get(log);
      if (stillMissing && cursor === after) this.#followAgainFrom(log, cursor);
    }, FOLLOW_AGAIN_AFTER_MS);
    this.#followAgain.set(log, { timer, stillMissing: false });
  }

  #receive(message: ServerMessage): void {
    switch (message.type) {
      case 'entries': {
        const accepted = this.#cursors.accept(message.log, message.entries);
        if (accepted.kind === 'fresh') this.#readers.get(message.log)?.entries(accepted.entries);
        else if (accepted.kind === 'gap') this.#followAgainFrom(message.log, accepted.after);
        return;
      }
      case 'jump':
        if (message.last_seq <= (this.#cursors.get(message.log) ?? Infinity)) return;
        this.#cursors.set(message.log, message.last_seq);
        this.#readers.get(message.log)?.jump(message.last_seq);
        return;
      case 'ended': {
        const reader = this.#readers.get(message.log);
        this.#readers.delete(message.log);
        this.#cursors.delete(message.log);
        reader?.ended(message.reason);
        return;
      }
      case 'ack':
        return this.outbox.acknowledged(message);
      case 'refused':
        return this.outbox.refused(message.command, message.problem);
      case 'hello':
      case 'read':
      case 'typing':
      case 'looking':
      case 'dashboard':
      case 'presence':
      case 'person':
      case 'editing':
      case 'draft':
      case 'run_progress':
        return this.#environment.signal(message);
      case 'followed':
      case 'pong':
        return;
      case 'error':
        console.warn(`The server did not understand a message: ${message.problem.type}`);
        return;
      default:
        // A newer server may say more than this protocol has; that is not for this page.
        message satisfies never;
    }
  }
}
