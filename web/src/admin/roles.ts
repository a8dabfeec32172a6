import type { Role } from '../api/types';
import { t } from './messages';

/** The roles with a line each on what they may do, the lowest first. */
export function roleOptions(roles: readonly Role[]): { value: Role; label: string; hint: string }[] {
  const hints = {
    guest: 'guestHint',
    member: 'memberHint',
    administrator: 'administratorHint',
  } as const;
  return roles.map((role) => ({ value: role, label: t(role), hint: t(hints[role]) }));
}

export const allRoles: readonly Role[] = ['guest', 'member', 'administrator'];
