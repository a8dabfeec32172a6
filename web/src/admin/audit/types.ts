import type { components } from '../../api/schema';

/** Something that somebody with a permission changed; its details are whatever the server wrote down, null included. */
export type AdminEvent = Omit<components['schemas']['AdminEvent'], 'details'> & { details: unknown };
export type AdminEvents = Omit<components['schemas']['AdminEvents'], 'events'> & { events: AdminEvent[] };

/** What kinds of things are changed: events can be filtered by them. */
export const things = [
  'person',
  'group',
  'flow',
  'host',
  'host_group',
  'applications',
  'environments',
  'secret',
  'hook',
  'webhook',
] as const;
