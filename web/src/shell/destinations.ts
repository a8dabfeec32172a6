import MessagesSquare from '@lucide/svelte/icons/messages-square';
import ShieldCheck from '@lucide/svelte/icons/shield-check';
import Users from '@lucide/svelte/icons/users';
import type { Component } from 'svelte';
import type { Role } from '../api/types';
import { totals } from '../rooms/totals.svelte';
import type { RouteName } from '../router.svelte';

export interface Destination {
  href: string;
  label: 'rooms' | 'people' | 'admin';
  icon: Component<{ size?: number; strokeWidth?: number }>;
  /** The pages that belong to it. */
  routes: readonly RouteName[];
  /** Who sees it; everybody when left out. */
  roles?: readonly Role[];
  /** Reactive: what waits there. */
  badge?: () => { count: number; mentions: number };
}

/** The parts of the product, in the order of the rail. */
export const destinations: readonly Destination[] = [
  {
    href: '/rooms',
    label: 'rooms',
    icon: MessagesSquare,
    routes: ['rooms', 'room'],
    badge: () => ({ count: totals.unread, mentions: totals.mentions }),
  },
  { href: '/people', label: 'people', icon: Users, routes: ['people', 'person'] },
  {
    href: '/admin/people',
    label: 'admin',
    icon: ShieldCheck,
    routes: ['adminPeople', 'adminInvitations'],
    roles: ['administrator'],
  },
];
