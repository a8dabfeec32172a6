import { openPolling } from './polling';
import type { OpenTransport } from './transport';

export const openShortPoll: OpenTransport = (context, events) =>
  openPolling({ kind: 'short_poll', waitSeconds: 0, pauseMs: 2_000 }, context, events);
