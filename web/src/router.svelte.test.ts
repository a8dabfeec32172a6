import { flushSync } from 'svelte';
import { beforeEach, expect, test } from 'vitest';
import { link, matchPath, navigate, route } from './router.svelte';

beforeEach(() => navigate('/', { replace: true }));

test.each([
  ['/', 'rooms', {}],
  ['/rooms', 'rooms', {}],
  ['/rooms/', 'rooms', {}],
  ['/rooms/7', 'room', { id: '7' }],
  ['/people', 'people', {}],
  ['/people/12', 'person', { id: '12' }],
  ['/profile', 'profile', {}],
  ['/profile/sessions', 'sessions', {}],
  ['/profile/tokens', 'tokens', {}],
  ['/admin/people', 'adminPeople', {}],
  ['/admin/invitations', 'adminInvitations', {}],
  ['/signin', 'signIn', {}],
  ['/join/a%20b', 'join', { secret: 'a b' }],
])('%s is the page %s', (path, name, params) => {
  expect(matchPath(path)).toEqual({ name, params });
});

test.each(['/rooms/seven', '/rooms/0', '/rooms/7/more', '/nowhere', '/join/%E0%A4%A'])(
  '%s is no page',
  (path) => {
    expect(matchPath(path).name).toBe('notFound');
  },
);

test('navigating changes the address, the page and the query', () => {
  navigate('/rooms/7?at=12');
  expect(location.pathname).toBe('/rooms/7');
  expect(route.name).toBe('room');
  expect(route.number('id')).toBe(7);
  expect(route.number('at')).toBe(12);
  expect(route.number('missing')).toBeNull();
});

test('what reads the route hears of a change', () => {
  const seen: string[] = [];
  const stop = $effect.root(() => {
    $effect(() => {
      seen.push(route.name);
    });
  });
  flushSync();
  navigate('/people');
  flushSync();
  stop();
  expect(seen).toEqual(['rooms', 'people']);
});

test('going back shows the page before', async () => {
  navigate('/people');
  const back = new Promise((resolve) => addEventListener('popstate', resolve, { once: true }));
  history.back();
  await back;
  expect(route.name).toBe('rooms');
});

function anchorTo(href: string): HTMLAnchorElement {
  const anchor = document.createElement('a');
  anchor.href = href;
  link(anchor);
  return anchor;
}

/** Whether the router took the click. */
function press(anchor: HTMLAnchorElement, options: MouseEventInit = {}): boolean {
  let taken = false;
  anchor.addEventListener('click', (event) => {
    taken = event.defaultPrevented;
    // There is no browser here that could load a page.
    event.preventDefault();
  });
  anchor.dispatchEvent(new MouseEvent('click', { cancelable: true, ...options }));
  return taken;
}

test('a link changes the page without loading it', () => {
  expect(press(anchorTo('/people?query=wu'))).toBe(true);
  expect(route.name).toBe('people');
  expect(route.query.get('query')).toBe('wu');
});

test.each([{ ctrlKey: true }, { metaKey: true }, { shiftKey: true }, { button: 1 }])(
  'a click with %o is left to the browser',
  (options) => {
    expect(press(anchorTo('/people'), options)).toBe(false);
    expect(route.name).toBe('rooms');
  },
);

test('a link to another site is left to the browser', () => {
  expect(press(anchorTo('https://example.org/people'))).toBe(false);
});
