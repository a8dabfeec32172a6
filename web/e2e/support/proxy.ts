import { once } from 'node:events';
import { createServer, connect, type AddressInfo, type Server as Listener, type Socket } from 'node:net';

/** What a proxy on the way may not let through. */
export type Blockable = 'websocket' | 'event_stream';

const marks: Record<Blockable, RegExp> = {
  websocket: /^GET \/live\b[^]*\r\nupgrade: *websocket\r\n/i,
  event_stream: /^GET \/api\/live\b[^]*\r\naccept: *text\/event-stream\r\n/i,
};

/** The network between a browser and the server, with everything that networks do. */
export class Proxy {
  readonly url: string;
  readonly #listener: Listener;
  readonly #blocked: ReadonlySet<Blockable>;
  readonly #connections = new Set<Connection>();
  readonly #forgotten: Connection[] = [];
  #state: 'up' | 'down' | 'stalled' = 'up';

  private constructor(listener: Listener, target: URL, blocked: ReadonlySet<Blockable>) {
    this.#listener = listener;
    this.#blocked = blocked;
    const { port } = listener.address() as AddressInfo;
    this.url = `http://127.0.0.1:${port}`;
    listener.on('connection', (client: Socket) => this.#connected(client, target));
  }

  /** `blocked` may be changed while it runs; it counts for new requests. */
  static async before(server: { url: string }, blocked: ReadonlySet<Blockable> = new Set()): Promise<Proxy> {
    const listener = createServer({ noDelay: true });
    listener.listen(0, '127.0.0.1');
    await once(listener, 'listening');
    return new Proxy(listener, new URL(server.url), blocked);
  }

  /** The cable is out: what was open is gone, and nothing new comes through. */
  drop(): void {
    this.#state = 'down';
    for (const connection of this.#connections) connection.destroy();
  }

  /** Every connection ends at once with RST; new ones are welcome. */
  reset(): void {
    for (const connection of this.#connections) connection.reset();
  }

  /** Nothing moves, and nobody is told. */
  stall(): void {
    this.#state = 'stalled';
    for (const connection of this.#connections) connection.pause();
  }

  /** As after a long sleep: what was open is forgotten without a word; new connections work. */
  forget(): void {
    for (const connection of this.#connections) connection.pause();
    this.#forgotten.push(...this.#connections);
    this.#connections.clear();
    this.#state = 'up';
  }

  restore(): void {
    this.#state = 'up';
    for (const connection of this.#connections) connection.resume();
  }

  async close(): Promise<void> {
    this.drop();
    for (const connection of this.#forgotten) connection.destroy();
    const closed = once(this.#listener, 'close');
    this.#listener.close();
    await closed;
  }

  #connected(client: Socket, target: URL): void {
    if (this.#state === 'down') {
      client.resetAndDestroy();
      return;
    }
    const connection = new Connection(client, target, this.#blocked, () => this.#connections.delete(connection));
    this.#connections.add(connection);
    if (this.#state === 'stalled') connection.pause();
  }
}

class Connection {
  readonly #client: Socket;
  readonly #server: Socket;
  readonly #blocked: ReadonlySet<Blockable>;
  /** The answers are kept back, as by a proxy that waits for the end of a stream. */
  #isHeldBack = false;

  constructor(client: Socket, target: URL, blocked: ReadonlySet<Blockable>, closed: () => void) {
    this.#client = client;
    this.#server = connect(Number(target.port), target.hostname);
    this.#blocked = blocked;
    client.on('data', (chunk) => this.#fromClient(chunk));
    this.#server.on('data', (chunk) => {
      if (!this.#isHeldBack) client.write(chunk);
    });
    for (const [one, other] of [
      [client, this.#server],
      [this.#server, client],
    ] as const) {
      // The other side hears of the end; errors of either side say nothing more.
      one.on('error', () => undefined);
      one.on('close', () => {
        other.destroy();
        closed();
      });
    }
  }

  pause(): void {
    this.#client.pause();
    this.#server.pause();
  }

  resume(): void {
    this.#client.resume();
    this.#server.resume();
  }

  destroy(): void {
    this.#client.destroy();
    this.#server.destroy();
  }

  reset(): void {
    this.#client.resetAndDestroy();
    this.#server.destroy();
  }

  /** Browsers send the head of a request in one piece, and no request before the last one was answered. */
  #fromClient(chunk: Buffer): void {
    const head = chunk.toString('latin1', 0, 8_192);
    if (this.#blocked.has('websocket') && marks.websocket.test(head)) {
      this.#client.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
      return;
    }
    if (this.#blocked.has('event_stream') && marks.event_stream.test(head)) this.#isHeldBack = true;
    this.#server.write(chunk);
  }
}
