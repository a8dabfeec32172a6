import { newCommandId } from '../api/client';
import { cursorText } from './cursors';
import type { LivePoll } from '../api/types';
import type { CloseReason, Transport, TransportContext, TransportEvents } from './transport';

interface PollRules {
  kind: 'long_poll' | 'short_poll';
  /** Seconds that the server may wait for something to tell; 0 answers at once. */
  waitSeconds: number;
  /** Milliseconds between an answer and the next question. */
  pauseMs: number;
}

/** Beyond the time that the server may wait; a request that takes longer is lost somewhere. */
const ANSWER_WITHIN_MS = 10_000;

/** Asks again and again. The first question never waits: its answer shows that the way works, and catches up. */
export function openPolling(rules: PollRules, context: TransportContext, events: TransportEvents): Transport {
  let request: AbortController | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let greeted = false;
  let over = false;
  // The server keeps for this name what it tells only once, from one question to the next.
  const client = newCommandId();

  const end = (reason: CloseReason | null) => {
    if (over) return;
    over = true;
    clearTimeout(timer);
    request?.abort();
    if (reason) events.closed(reason);
  };

  const ask = async () => {
    const own = new AbortController();
    request = own;
    const wait = greeted ? rules.waitSeconds : 0;
    clearTimeout(timer);
    timer = setTimeout(() => end('failed'), wait * 1000 + ANSWER_WITHIN_MS);
    try {
      const query = `after=${cursorText(context.cursors())}&client=${client}${wait > 0 ? `&wait=${wait}` : ''}`;
      const response = await fetch(`${context.origin}/api/live?${query}`, {
        headers: { accept: 'application/json' },
        signal: own.signal,
      });
      if (response.status === 401) return end('session_ended');
      if (!response.ok) return end('failed');
      const answer = (await response.json()) as LivePoll;
      if (over || request !== own) return;
      if (!greeted) {
        greeted = true;
        events.opened();
      }
      for (const message of answer.messages) {
        if (over) return;
        events.message(message);
      }
      next(rules.pauseMs);
    } catch {
      // An aborted question was replaced by another one, or the transport is closed.
      if (!own.signal.aborted) end('failed');
    }
  };

  const next = (delayMs: number) => {
    if (over) return;
    clearTimeout(timer);
    timer = setTimeout(() => void ask(), delayMs);
  };
  const askNow = () => {
    if (over) return;
    request?.abort();
    request = null;
    next(0);
  };
  next(0);

  return {
    kind: rules.kind,
    carriesCommands: false,
    send: () => false,
    follow: askNow,
    // What still comes for it is dropped by the cursors; the next question leaves it out.
    unfollow: () => undefined,
    check: askNow,
    close: () => end(null),
  };
}
