import type { Attachment } from 'svelte/attachments';

const routes = {
  rooms: ['/', '/rooms'],
  room: ['/rooms/:id'],
  inbox: ['/inbox'],
  orders: ['/orders'],
  order: ['/orders/:id'],
  newOrder: ['/orders/new', '/orders/new/:flow'],
  people: ['/people'],
  person: ['/people/:id'],
  flows: ['/flows'],
  newFlow: ['/flows/new'],
  flow: ['/flows/:flow'],
  editFlow: ['/flows/:flow/edit'],
  hosts: ['/hosts'],
  hostGroups: ['/hosts/groups'],
  applications: ['/hosts/applications'],
  secrets: ['/hosts/secrets'],
  dashboard: ['/dashboard'],
  profile: ['/profile'],
  absence: ['/profile/absence'],
  sessions: ['/profile/sessions'],
  tokens: ['/profile/tokens'],
  notifications: ['/profile/notifications'],
  adminPeople: ['/admin/people'],
  adminGroups: ['/admin/groups'],
  adminInvitations: ['/admin/invitations'],
  adminHooks: ['/admin/hooks'],
  adminWebhooks: ['/admin/webhooks'],
  adminAudit: ['/admin/audit'],
  adminSettings: ['/admin/settings'],
  gallery: ['/gallery'],
  signIn: ['/signin'],
  join: ['/join/:secret'],
} as const satisfies Record<string, readonly string[]>;

export type RouteName = keyof typeof routes | 'notFound';

export interface Match {
  name: RouteName;
  params: Record<string, string>;
}

/** Which page a path means. A parameter called `id` is a whole number. */
export function matchPath(path: string): Match {
  const wanted = segmentsOf(path);
  for (const [name, patterns] of Object.entries(routes)) {
    for (const pattern of patterns) {
      const params = matchPattern(segmentsOf(pattern), wanted);
      if (params !== null) return { name: name as RouteName, params };
    }
  }
  return { name: 'notFound', params: {} };
}

function segmentsOf(path: string): string[] {
  return path.split('/').filter((segment) => segment !== '');
}

function matchPattern(pattern: string[], wanted: string[]): Record<string, string> | null {
  if (pattern.length !== wanted.length) return null;
  const params: Record<string, string> = {};
  for (const [index, segment] of pattern.entries()) {
    const value = wanted[index] ?? '';
    if (!segment.startsWith(':')) {
      if (segment !== value) return null;
      continue;
    }
    const name = segment.slice(1);
    if (name === 'id' && !/^[1-9]\d{0,15}$/.test(value)) return null;
    try {
      params[name] = decodeURIComponent(value);
    } catch {
      return null;
    }
  }
  return params;
}

/** Where the person is. Read it in markup or `$derived`; change it with `navigate`. */
class Route {
  path = $state(location.pathname);
  query = $state.raw(new URLSearchParams(location.search));
  #match = $derived(matchPath(this.path));

  get name(): RouteName {
    return this.#match.name;
  }

  get params(): Record<string, string> {
    return this.#match.params;
  }

  /** The number of a parameter or a query value, or null. */
  number(name: string): number | null {
    const text = this.params[name] ?? this.query.get(name);
    return text !== null && text !== undefined && /^\d{1,16}$/.test(text) ? Number(text) : null;
  }

  /** Takes over what the address bar says. */
  read(): void {
    this.path = location.pathname;
    this.query = new URLSearchParams(location.search);
  }
}

export const route = new Route();

addEventListener('popstate', () => route.read());

/** Goes to a path of this client, for example `/rooms/7?at=12`. */
export function navigate(path: string, options: { replace?: boolean } = {}): void {
  if (options.replace) history.replaceState(null, '', path);
  else if (path !== location.pathname + location.search) history.pushState(null, '', path);
  route.read();
}

/**
 * Lets an `<a href="/people" {@attach link}>` change the page without loading it again.
 * A click that asks for a new tab or window still does that.
 */
export const link: Attachment<HTMLAnchorElement> = (anchor) => {
  const follow = (event: MouseEvent): void => {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    if (anchor.target !== '' && anchor.target !== '_self') return;
    if (anchor.origin !== location.origin || anchor.hasAttribute('download')) return;
    event.preventDefault();
    navigate(anchor.pathname + anchor.search);
  };
  anchor.addEventListener('click', follow);
  return () => anchor.removeEventListener('click', follow);
};
