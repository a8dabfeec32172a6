import { session } from '../session.svelte';

/** Whether the signed-in person may publish flows. Reactive. */
export function mayPublish(): boolean {
  return session.isAdministrator || (session.me?.permissions ?? []).some(({ permission }) => permission === 'publish_flows');
}
