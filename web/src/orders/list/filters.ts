import { withQuery } from '../../api/client';
import { statuses } from '../page/status';
import type { OrderFilters } from './orders.svelte';

const DAY_MS = 86_400_000;

/** What the address says: a list that was filtered can be kept and shared as a link. */
export function filtersFrom(query: URLSearchParams): OrderFilters {
  const status = query.get('status') ?? '';
  const requester = Number(query.get('requester'));
  return {
    box: 'all',
    q: query.get('q') ?? '',
    status: statuses.some((known) => known === status) ? status : '',
    flow: query.get('flow') ?? '',
    requester: Number.isSafeInteger(requester) && requester > 0 ? requester : null,
    from: dayStart(query.get('from')),
    to: dayEnd(query.get('to')),
  };
}

/** The address with these changes; what is empty leaves it. */
export function pathWith(query: URLSearchParams, changes: Record<string, string | number | null>): string {
  return withQuery('/orders', { ...Object.fromEntries(query), ...changes });
}

export function isFiltered({ q, status, flow, requester, from, to }: OrderFilters): boolean {
  return Boolean(q || status || flow) || [requester, from, to].some((value) => value !== null && value !== undefined);
}

/** Days are those of the reader. */
function dayStart(day: string | null): number | null {
  if (day === null || !/^\d{4}-\d{2}-\d{2}$/.test(day)) return null;
  const at = new Date(`${day}T00:00`).getTime();
  return Number.isNaN(at) ? null : at;
}

/** Where the next day begins; the server takes what was made before. */
function dayEnd(day: string | null): number | null {
  const start = dayStart(day);
  if (start === null) return null;
  const next = new Date(start + DAY_MS + DAY_MS / 2);
  return new Date(next.getFullYear(), next.getMonth(), next.getDate()).getTime();
}
