import { parseMessage, type CloseReason, type OpenTransport } from './transport';

/** Nothing came for this long: ask the other side whether it is there. */
const PING_AFTER_MS = 20_000;
/** The answer to a ping stays away for this long: the connection is dead (45 s of silence in all). */
const STALLED_AFTER_MS = 25_000;
const ANSWER_TO_CHECK_WITHIN_MS = 5_000;
/** A proxy that swallows the upgrade shows itself only by silence. */
const HELLO_WITHIN_MS = 5_000;

function closeReason(code: number): CloseReason {
  if (code === 4401) return 'session_ended';
  if (code === 1001 || code === 1012) return 'server_stops';
  return 'failed';
}

export const openWebSocket: OpenTransport = (context, events) => {
  const socket = new WebSocket(`${context.origin.replace(/^http/, 'ws')}/live`);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let greeted = false;
  let over = false;

  const end = (reason: CloseReason | null) => {
    if (over) return;
    over = true;
    clearTimeout(timer);
    socket.close();
    if (reason) events.closed(reason);
  };
  // Only the timer of the last step runs: hello, then in turn a ping and its answer. Any frame counts as an answer,
  // and frames arrive on time even where the browser slows the timers of hidden tabs down.
  const waitForPing = () => {
    clearTimeout(timer);
    timer = setTimeout(() => ping(), PING_AFTER_MS);
  };
  const ping = (answerWithinMs = STALLED_AFTER_MS) => {
    clearTimeout(timer);
    if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ type: 'ping' }));
    timer = setTimeout(() => end('failed'), answerWithinMs);
  };
  timer = setTimeout(() => end('failed'), HELLO_WITHIN_MS);

  socket.onmessage = (event: MessageEvent<unknown>) => {
    if (over || typeof event.data !== 'string') return;
    const message = parseMessage(event.data);
    if (!message) return;
    waitForPing();
    if (!greeted && message.type === 'hello') {
      greeted = true;
      events.opened();
    }
    events.message(message);
  };
  socket.onclose = (event) => end(closeReason(event.code));
  socket.onerror = () => end('failed');

  return {
    kind: 'websocket',
    carriesCommands: true,
    send(message) {
      if (over || !greeted || socket.readyState !== WebSocket.OPEN) return false;
      socket.send(JSON.stringify(message));
      return true;
    },
    follow(logs) {
      this.send({ type: 'follow', logs });
    },
    unfollow(log) {
      this.send({ type: 'unfollow', log });
    },
    check: () => {
      if (greeted && !over) ping(ANSWER_TO_CHECK_WITHIN_MS);
    },
    close: () => end(null),
  };
};
