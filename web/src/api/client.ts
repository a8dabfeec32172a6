import { language } from '../i18n/language.svelte';
import { type ApiProblem, problemOf, unreachableServer } from './problem';

export { ApiProblem, asProblem } from './problem';

export interface RequestOptions {
  signal?: AbortSignal;
}

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
type Fraction = number;

/** Longer than anything that the server does while somebody waits. A connection that a sleep cut off says nothing at all. */
const ANSWER_WITHIN_MS = 60_000;

/** Typed JSON over fetch. Every call throws `ApiProblem`, or the `AbortError` of its own signal. */
export const api = {
  get: <Answer>(path: string, options?: RequestOptions) =>
    request<Answer>('GET', path, undefined, options),
  post: <Answer>(path: string, body?: unknown, options?: RequestOptions) =>
    request<Answer>('POST', path, body, options),
  put: <Answer>(path: string, body?: unknown, options?: RequestOptions) =>
    request<Answer>('PUT', path, body, options),
  patch: <Answer>(path: string, body?: unknown, options?: RequestOptions) =>
    request<Answer>('PATCH', path, body, options),
  delete: <Answer>(path: string, options?: RequestOptions) =>
    request<Answer>('DELETE', path, undefined, options),
  /** The answer as text, for example a file that people read. */
  text: (path: string, options?: RequestOptions) => bodyOf('GET', path, undefined, '*/*', options).then(({ text }) => text),
  upload,
};

/** `path` with those of the values that are set, encoded. */
export function withQuery(
  path: string,
  values: Record<string, string | number | null | undefined>,
): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (value !== null && value !== undefined && value !== '') query.set(name, String(value));
  }
  const text = query.toString();
  return text === '' ? path : `${path}?${text}`;
}

/** The id of a command: a repeat with the same id changes nothing. */
export function newCommandId(): string {
  // `randomUUID` exists only on https and localhost; a team may run on plain http at first.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

type SignedOutListener = () => void;
let signedOutListener: SignedOutListener = () => undefined;

/** Called when the server says that nobody is signed in any more. */
export function onSignedOut(listener: SignedOutListener): void {
  signedOutListener = listener;
}

async function request<Answer>(
  method: Method,
  path: string,
  body: unknown,
  options: RequestOptions = {},
): Promise<Answer> {
  const { text, status } = await bodyOf(method, path, body, 'application/json', options);
  return answerOf<Answer>(text, status);
}

async function bodyOf(
  method: Method,
  path: string,
  body: unknown,
  accept: string,
  options: RequestOptions = {},
): Promise<{ text: string; status: number }> {
  const headers: Record<string, string> = {
    Accept: accept,
    'Accept-Language': language.current,
  };
  if (body !== undefined) headers['Content-Type'] = 'application/json';

  let response: Response;
  let text: string;
  try {
    response = await fetch(path, {
      method,
      headers,
      body: body === undefined ? null : JSON.stringify(body),
      credentials: 'same-origin',
      signal: AbortSignal.any([AbortSignal.timeout(ANSWER_WITHIN_MS), ...(options.signal ? [options.signal] : [])]),
    });
    text = await response.text();
  } catch (cause) {
    if (options.signal?.aborted) throw cause;
    throw unreachableServer();
  }
  if (!response.ok) throw refused(problemOf(response.status, text, response.headers.get('Retry-After')));
  return { text, status: response.status };
}

/** Sends raw bytes; `onProgress` hears fractions from 0 to 1. fetch cannot tell how far it is. */
function upload<Answer>(
  path: string,
  blob: Blob,
  onProgress: (fraction: Fraction) => void = () => undefined,
  options: RequestOptions & { method?: 'POST' | 'PUT' } = {},
): Promise<Answer> {
  return new Promise<Answer>((resolve, reject) => {
    const sending = new XMLHttpRequest();
    sending.open(options.method ?? 'POST', path);
    sending.setRequestHeader('Accept', 'application/json');
    sending.setRequestHeader('Accept-Language', language.current);
    sending.setRequestHeader('Content-Type', blob.type || 'application/octet-stream');
    sending.upload.onprogress = (event) => {
      if (event.lengthComputable) onProgress(event.loaded / event.total);
    };
    sending.onload = () => {
      if (sending.status >= 200 && sending.status < 300) {
        try {
          resolve(answerOf<Answer>(sending.responseText, sending.status));
        } catch (cause) {
          reject(cause as ApiProblem);
        }
        return;
      }
      const retryAfter = sending.getResponseHeader('Retry-After');
      reject(refused(problemOf(sending.status, sending.responseText, retryAfter)));
    };
    sending.onerror = () => reject(unreachableServer());
    sending.onabort = () => reject(new DOMException('The upload was cancelled.', 'AbortError'));
    if (options.signal?.aborted) {
      sending.onabort(new ProgressEvent('abort'));
      return;
    }
    options.signal?.addEventListener('abort', () => sending.abort());
    sending.send(blob);
  });
}

function refused(problem: ApiProblem): ApiProblem {
  if (problem.status === 401 && problem.slug === 'not_signed_in') signedOutListener();
  return problem;
}

function answerOf<Answer>(text: string, status: number): Answer {
  if (text === '') return undefined as Answer;
  try {
    return JSON.parse(text) as Answer;
  } catch {
    // A proxy's page with status 200, or an answer that was cut off.
    throw problemOf(status, '', null);
  }
}
