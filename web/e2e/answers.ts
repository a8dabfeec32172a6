import type { Page, Route } from '@playwright/test';
import type { Invitation, Language, Me, Person, Session, Site, Token } from '../src/api/types';

const now = Date.now();
const dayMs = 86_400_000;

function person(id: number, username: string, name: string, role: Person['role'] = 'member'): Person {
  return { id, username, name, avatar: null, role, active: id !== 4, language: null };
}

export const persons = [
  person(1, 'wupeiqi', '武沛齐', 'administrator'),
  person(2, 'zhangkun', '张坤'),
  person(3, 'ada', 'Ada Lovelace', 'guest'),
  person(4, 'linus', 'Linus'),
];

const sessions: Session[] = [
  { id: 1, current: true, created_at: now, last_seen_at: now, expires_at: now + dayMs, address: '10.0.0.5', user_agent: 'Chrome/131 (Windows)' },
  { id: 2, current: false, created_at: now, last_seen_at: now - dayMs, expires_at: now + dayMs, address: '10.0.0.6', user_agent: '' },
];

const tokens: Token[] = [{ id: 1, name: 'Build server', created_at: now, last_used_at: null, expires_at: null }];

const invitations: Invitation[] = [
  { id: 1, role: 'guest', room: 7, uses_left: 1, invited_by: 1, created_at: now, expires_at: now + dayMs },
];

/** Answers for pages that are looked at without a server behind them. */
export async function answerApi(page: Page, who: 'signed in' | 'signed out', language: Language): Promise<void> {
  const self = { ...persons[0], language } as Person;
  const me: Me = {
    person: self,
    session: 1,
    permissions: [],
    settings: { transport: 'short_poll', theme: 'system' },
    max_file_bytes: 1_000_000,
  };
  const site: Site = { name: 'Countersign', version: '0.0.0', insecure: false };
  const answers: Record<string, unknown> = {
    '/api/site': site,
    '/api/me': me,
    '/api/me/sessions': { sessions },
    '/api/me/tokens': { tokens },
    '/api/people': { people: [self, ...persons.slice(1)], has_more: false },
    '/api/people/2': persons[1],
    '/api/people/2/permissions': { permissions: [] },
    '/api/invitations': { invitations },
    '/api/rooms': { feed_seq: 0, rooms: [] },
    '/api/rooms/directory': { rooms: [], has_more: false },
    '/api/live': { messages: [], after: 'feed:0' },
    '/api/join/good': { invited_by: '张坤', role: 'guest', room: '发布', expires_at: now + dayMs },
  };
  const isPublic = (path: string) => path === '/api/site' || path.startsWith('/api/join/');

  await page.route('**/api/**', (route: Route) => {
    const path = new URL(route.request().url()).pathname;
    if (who === 'signed out' && !isPublic(path)) return refuse(route, 401, 'not_signed_in', 'Nobody is signed in');
    if (!(path in answers)) return refuse(route, 404, 'not_found', 'There is nothing here');
    return route.fulfill({ json: answers[path] });
  });
}

export function refuse(route: Route, status: number, slug: string, title: string): Promise<void> {
  return route.fulfill({
    status,
    headers: status === 429 ? { 'Retry-After': '42' } : {},
    contentType: 'application/problem+json',
    body: JSON.stringify({ type: `/problems/${slug}`, title, status }),
  });
}
