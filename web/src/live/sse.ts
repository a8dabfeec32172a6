import { cursorText } from './cursors';
import { parseMessage, type CloseReason, type OpenTransport } from './transport';

const FIRST_MESSAGE_WITHIN_MS = 5_000;
/** A stream that says nothing can not be told from a dead one; opening it again from the cursors costs little. */
const SILENT_FOR_MS = 45_000;

export const openEventStream: OpenTransport = (context, events) => {
  let source: EventSource | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let greeted = false;
  let over = false;

  const end = (reason: CloseReason | null) => {
    if (over) return;
    over = true;
    clearTimeout(timer);
    source?.close();
    if (reason) events.closed(reason);
  };

  const open = () => {
    source?.close();
    clearTimeout(timer);
    timer = setTimeout(() => end('failed'), FIRST_MESSAGE_WITHIN_MS);
    const stream = new EventSource(`${context.origin}/api/live?after=${cursorText(context.cursors())}`);
    source = stream;
    stream.onmessage = (event: MessageEvent<string>) => {
      if (over || source !== stream) return;
      const message = parseMessage(event.data);
      if (!message) return;
      clearTimeout(timer);
      timer = setTimeout(open, SILENT_FOR_MS);
      if (!greeted) {
        greeted = true;
        events.opened();
      }
      events.message(message);
    };
    // The browser would retry by itself, from its own last id; the cursors know better, and the owner decides when.
    stream.onerror = () => {
      if (source === stream) end('failed');
    };
  };
  open();

  return {
    kind: 'sse',
    carriesCommands: false,
    send: () => false,
    follow: () => {
      if (!over) open();
    },
    // What still comes for it is dropped by the cursors; the next opening leaves it out.
    unfollow: () => undefined,
    check: () => {
      if (!over) open();
    },
    close: () => end(null),
  };
};
