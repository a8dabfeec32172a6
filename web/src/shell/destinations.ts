import ChartPie from '@lucide/svelte/icons/chart-pie';
import ClipboardList from '@lucide/svelte/icons/clipboard-list';
import HardDrive from '@lucide/svelte/icons/hard-drive';
import Inbox from '@lucide/svelte/icons/inbox';
import MessagesSquare from '@lucide/svelte/icons/messages-square';
import ShieldCheck from '@lucide/svelte/icons/shield-check';
import Users from '@lucide/svelte/icons/users';
import Workflow from '@lucide/svelte/icons/workflow';
import type { Component } from 'svelte';
import { counts } from '../orders/counts.svelte';
import { totals } from '../rooms/totals.svelte';
import type { RouteName } from '../router.svelte';
import { mayOpen } from './access';
import { t } from './messages';

export interface Destination {
  href: string;
  label: 'inbox' | 'rooms' | 'orders' | 'flows' | 'hosts' | 'dashboard' | 'people' | 'admin';
  icon: Component<{ size?: number; strokeWidth?: number }>;
  /** The pages that belong to it; who may open the first one sees it in the rail. */
  routes: readonly RouteName[];
  /** A phone has no room for it in its bar: it stands in the menu there. */
  isSecondary?: boolean;
  /** Reactive: how much waits there, and how a screen reader says so. */
  badge?: () => { count: number; text: string };
}

/** The parts of the product, in the order of the rail. */
export const destinations: readonly Destination[] = [
  {
    href: '/inbox',
    label: 'inbox',
    icon: Inbox,
    routes: ['inbox'],
    badge: () => ({ count: counts.waiting, text: t('tasks', { count: counts.waiting }) }),
  },
  {
    href: '/rooms',
    label: 'rooms',
    icon: MessagesSquare,
    routes: ['rooms', 'room'],
    badge: () => ({ count: totals.unread, text: unreadText() }),
  },
  { href: '/orders', label: 'orders', icon: ClipboardList, routes: ['orders', 'order', 'newOrder'] },
  { href: '/flows', label: 'flows', icon: Workflow, routes: ['flows', 'flow'] },
  {
    href: '/hosts',
    label: 'hosts',
    icon: HardDrive,
    routes: ['hosts', 'hostGroups', 'applications', 'secrets'],
    isSecondary: true,
  },
  {
    href: '/dashboard',
    label: 'dashboard',
    icon: ChartPie,
    routes: ['dashboard'],
    isSecondary: true,
  },
  { href: '/people', label: 'people', icon: Users, routes: ['people', 'person'], isSecondary: true },
  {
    href: '/admin/people',
    label: 'admin',
    icon: ShieldCheck,
    routes: ['adminPeople', 'adminGroups', 'adminInvitations', 'adminHooks', 'adminWebhooks', 'adminAudit', 'adminSettings'],
    isSecondary: true,
  },
];

/** Those that the signed-in person sees. Reactive. */
export function visibleDestinations(): Destination[] {
  return destinations.filter(({ routes }) => routes.slice(0, 1).every(mayOpen));
}

function unreadText(): string {
  const unread = t('unread', { count: totals.unread });
  return totals.mentions === 0 ? unread : `${unread}, ${t('mentions', { count: totals.mentions })}`;
}
