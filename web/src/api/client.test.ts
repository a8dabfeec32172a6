import { afterEach, expect, test, vi } from 'vitest';
import { language } from '../i18n/language.svelte';
import { ApiProblem, api, asProblem, newCommandId, onSignedOut, withQuery } from './client';

afterEach(() => {
  vi.unstubAllGlobals();
  onSignedOut(() => undefined);
  language.choose('en');
});

function answer(status: number, body: unknown, headers: Record<string, string> = {}): ReturnType<typeof vi.fn> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const fetching = vi.fn(() => Promise.resolve(new Response(status === 204 ? null : text, { status, headers })));
  vi.stubGlobal('fetch', fetching);
  return fetching;
}

async function refusal(request: Promise<unknown>): Promise<ApiProblem> {
  const cause: unknown = await request.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(cause instanceof ApiProblem)) throw new Error('It was not refused with a problem.');
  return cause;
}

const invalid = {
  type: '/problems/invalid',
  title: 'Some fields are wrong',
  status: 422,
  errors: [{ field: 'username', code: 'taken', message: 'This username is taken.' }],
};

test('an answer is parsed', async () => {
  answer(200, { name: 'Countersign' });
  expect(await api.get('/api/site')).toEqual({ name: 'Countersign' });
});

test('an answer without content is undefined', async () => {
  answer(204, '');
  expect(await api.delete('/api/session')).toBeUndefined();
});

test('a server that says nothing counts as not reachable after a while', async () => {
  const patience = new AbortController();
  const timeout = vi.spyOn(AbortSignal, 'timeout').mockReturnValue(patience.signal);
  vi.stubGlobal('fetch', (_: string, { signal }: RequestInit) => {
    return new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason as Error)));
  });
  const waiting = refusal(api.get('/api/site', { signal: new AbortController().signal }));
  patience.abort(new DOMException('It took too long.', 'TimeoutError'));
  expect(await waiting).toMatchObject({ status: 0, slug: 'unreachable' });
  expect(timeout).toHaveBeenCalledWith(60_000);
  timeout.mockRestore();
});

test('the body goes as JSON, with the language of the page', async () => {
  const fetching = answer(200, {});
  language.choose('zh-CN');
  await api.post('/api/session', { username: 'wu' });
  expect(fetching).toHaveBeenCalledWith(
    '/api/session',
    expect.objectContaining({
      method: 'POST',
      body: '{"username":"wu"}',
      headers: {
        Accept: 'application/json',
        'Accept-Language': 'zh-CN',
        'Content-Type': 'application/json',
      },
    }),
  );
});

test('a refusal carries the problem and its field errors', async () => {
  answer(422, invalid);
  const problem = await refusal(api.post('/api/people', {}));
  expect(problem.status).toBe(422);
  expect(problem.slug).toBe('invalid');
  expect(problem.fieldError('username')).toBe('This username is taken.');
  expect(problem.fieldError('name')).toBeUndefined();
  expect(problem.isAllAbout(['username', 'name'])).toBe(true);
  expect(problem.isAllAbout(['name'])).toBe(false);
});

test('a refusal says how long to wait', async () => {
  answer(429, { type: '/problems/too_many_attempts', title: 'Too many attempts', status: 429 }, { 'Retry-After': '42' });
  expect((await refusal(api.post('/api/session', {}))).retryAfterSeconds).toBe(42);
});

test('a page of a proxy becomes a problem, too', async () => {
  answer(502, '<html>Bad gateway</html>');
  const problem = await refusal(api.get('/api/me'));
  expect(problem.slug).toBe('unexpected');
  expect(problem.message).toContain('502');
});

test('a server that cannot be reached is a problem in the language of the page', async () => {
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('Failed to fetch')));
  language.choose('zh-CN');
  const problem = await refusal(api.get('/api/me'));
  expect(problem.status).toBe(0);
  expect(problem.slug).toBe('unreachable');
  expect(problem.problem.title).toBe('无法连接服务器');
});

test('a request that its owner cancelled is no problem', async () => {
  const controller = new AbortController();
  vi.stubGlobal('fetch', () => Promise.reject(new DOMException('cancelled', 'AbortError')));
  controller.abort();
  await expect(api.get('/api/me', { signal: controller.signal })).rejects.toThrow('cancelled');
});

test('only "not signed in" ends the session', async () => {
  const signedOut = vi.fn();
  onSignedOut(signedOut);
  answer(401, { type: '/problems/wrong_password', title: 'Wrong', status: 401 });
  await refusal(api.post('/api/session', {}));
  expect(signedOut).not.toHaveBeenCalled();
  answer(401, { type: '/problems/not_signed_in', title: 'Not signed in', status: 401 });
  await refusal(api.get('/api/me'));
  expect(signedOut).toHaveBeenCalledOnce();
});

test('anything thrown can be shown', () => {
  vi.spyOn(console, 'error').mockImplementation(() => undefined);
  expect(asProblem(new Error('a bug')).slug).toBe('unexpected');
});

test('only the values that are set stand in the query', () => {
  expect(withQuery('/api/people', { query: 'a&b', after: undefined, limit: 30 })).toBe('/api/people?query=a%26b&limit=30');
  expect(withQuery('/api/people', { query: '' })).toBe('/api/people');
});

test('command ids differ and have only letters and digits', () => {
  const ids = new Set(Array.from({ length: 50 }, newCommandId));
  expect(ids.size).toBe(50);
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{32}$/);
});
