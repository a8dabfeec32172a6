import type { Ack, Command, EntriesPage, File, Me, Person, RoomSummary, Transport } from '../../src/api/types';

const COOKIE = 'countersign_session';

type WithoutCommandId<C> = C extends { command: string } ? Omit<C, 'command'> : never;
let commands = 0;

/** What a signed-in person does as a program; the cookie also signs a browser in. */
export class Api {
  readonly cookie: { name: string; value: string };
  readonly #origin: string;

  private constructor(origin: string, value: string) {
    this.#origin = origin;
    this.cookie = { name: COOKIE, value };
  }

  static async signIn(origin: string, username: string, password: string, device = 'Node.js'): Promise<Api> {
    const response = await fetch(`${origin}/api/session`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'User-Agent': device },
      body: JSON.stringify({ username, password }),
    });
    const value = new RegExp(`${COOKIE}=([^;]+)`).exec(response.headers.get('set-cookie') ?? '')?.[1];
    if (value === undefined) throw new Error(`${username} could not sign in: ${await response.text()}`);
    return new Api(origin, value);
  }

  get<Answer>(path: string): Promise<Answer> {
    return this.#request('GET', path);
  }
  post<Answer>(path: string, body: unknown): Promise<Answer> {
    return this.#request('POST', path, body);
  }
  patch<Answer>(path: string, body: unknown): Promise<Answer> {
    return this.#request('PATCH', path, body);
  }
  put<Answer>(path: string, body: unknown): Promise<Answer> {
    return this.#request('PUT', path, body);
  }

  command(command: WithoutCommandId<Command>): Promise<Ack> {
    return this.post('/api/commands', { ...command, command: newCommandId() });
  }

  say(room: number, text: string): Promise<Ack> {
    return this.command({ type: 'say', room, text });
  }

  async upload(room: number, name: string, content: Buffer): Promise<File> {
    const response = await fetch(`${this.#origin}/api/rooms/${room}/files?name=${encodeURIComponent(name)}`, {
      method: 'POST',
      headers: { Cookie: this.#cookieHeader, 'Content-Type': 'application/octet-stream' },
      body: new Uint8Array(content),
    });
    if (!response.ok) throw new Error(`${name} was answered with ${response.status}: ${await response.text()}`);
    return (await response.json()) as File;
  }

  /** Is there, as others see it, until the signal ends it. */
  async stayOnline(signal: AbortSignal): Promise<void> {
    const headers = { Cookie: this.#cookieHeader, Accept: 'text/event-stream' };
    await fetch(`${this.#origin}/api/live`, { headers, signal });
  }

  choose(transport: Transport): Promise<Me> {
    return this.patch('/api/me', { settings: { transport, theme: 'system' } });
  }

  newPerson(person: { username: string; name: string; password: string; role: Person['role'] }): Promise<Person> {
    return this.post('/api/people', person);
  }

  newRoom(room: { name: string; kind: 'public' | 'private'; people: number[] }): Promise<RoomSummary> {
    return this.post('/api/rooms', { ...room, command: newCommandId() });
  }

  direct(person: number): Promise<RoomSummary> {
    return this.post('/api/rooms/direct', { person, command: newCommandId() });
  }

  /** All messages of a room in the order of its log, as the server has them. */
  async messages(room: number): Promise<{ seq: number; text: string }[]> {
    const messages: { seq: number; text: string }[] = [];
    for (let after = 0, hasMore = true; hasMore; ) {
      const page = await this.get<EntriesPage>(`/api/rooms/${room}/entries?after=${after}&limit=1000`);
      for (const entry of page.entries) {
        if (entry.kind === 'message') messages.push({ seq: entry.seq, text: entry.body.text ?? '' });
      }
      after = page.entries.at(-1)?.seq ?? after;
      hasMore = page.has_more;
    }
    return messages;
  }

  get #cookieHeader(): string {
    return `${COOKIE}=${this.cookie.value}`;
  }

  async #request<Answer>(method: string, path: string, body?: unknown): Promise<Answer> {
    const response = await fetch(this.#origin + path, {
      method,
      headers: { Cookie: this.#cookieHeader, 'Content-Type': 'application/json' },
      body: body === undefined ? null : JSON.stringify(body),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} was answered with ${response.status}: ${text}`);
    return (text === '' ? undefined : JSON.parse(text)) as Answer;
  }
}

function newCommandId(): string {
  commands += 1;
  return `e2e-${process.pid}-${commands}`;
}
