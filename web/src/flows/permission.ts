import { session } from '../session.svelte';

/** Whether the signed-in person may publish flows. Reactive. */
export function mayPublish(): boolean {
  return has('publish_flows');
}

/** Whether they may write drafts of flows: who may publish may do that, too. Reactive. */
export function mayDesign(): boolean {
  return has('design_flows', 'publish_flows', 'publish_running_flows');
}

function has(...permissions: readonly string[]): boolean {
  return session.isAdministrator || (session.me?.permissions ?? []).some(({ permission }) => permissions.includes(permission));
}
