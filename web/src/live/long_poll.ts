import { openPolling } from './polling';
import type { OpenTransport } from './transport';

export const openLongPoll: OpenTransport = (context, events) =>
  openPolling({ kind: 'long_poll', waitSeconds: 25, pauseMs: 0 }, context, events);
