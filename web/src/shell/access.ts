import type { Permission } from '../api/types';
import { mayDesign } from '../flows/permission';
import type { RouteName } from '../router.svelte';
import { session } from '../session.svelte';

/** Who may open a page: everybody who is not named here. The server decides for itself; this only saves a click. */
const rules: Partial<Record<RouteName, 'administrator' | 'member' | 'designer' | Permission>> = {
  adminPeople: 'administrator',
  adminGroups: 'administrator',
  adminWebhooks: 'administrator',
  adminHooks: 'administrator',
  adminAudit: 'administrator',
  adminSettings: 'administrator',
  secrets: 'administrator',
  // Members may invite, too, and see their own invitations.
  adminInvitations: 'member',
  dashboard: 'member',
  flows: 'member',
  newFlow: 'designer',
  editFlow: 'designer',
  hosts: 'manage_hosts',
  hostGroups: 'manage_hosts',
  applications: 'manage_hosts',
};

/** Whether the page is for the signed-in person. Reactive. */
export function mayOpen(page: RouteName): boolean {
  const rule = rules[page];
  if (rule === undefined || session.isAdministrator) return true;
  if (rule === 'administrator') return false;
  if (rule === 'member') return !session.isGuest;
  if (rule === 'designer') return mayDesign();
  return (session.me?.permissions ?? []).some(({ permission }) => permission === rule);
}
