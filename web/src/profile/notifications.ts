import type { components } from '../api/schema';

type Schemas = components['schemas'];

export type Notice = Schemas['MailNotice'];
/** What a person is told of by mail, and to where; whether the server sends mail at all. */
export type Notifications = Schemas['Notifications'];

/** In the order of the page. */
export const notices = [
  'task_given',
  'order_ended',
  'mentioned',
  'release_ended',
  'release_failed',
] as const satisfies readonly Notice[];
