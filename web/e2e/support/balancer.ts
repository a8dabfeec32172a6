import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server as Listener, type Socket } from 'node:net';

/** A load balancer as the browsers see it: each connection goes to the first node that takes it. */
export class Balancer {
  readonly url: string;
  readonly #listener: Listener;
  readonly #clients = new Set<Socket>();

  private constructor(listener: Listener, nodes: readonly URL[]) {
    this.#listener = listener;
    this.url = `http://127.0.0.1:${(listener.address() as AddressInfo).port}`;
    listener.on('connection', (client: Socket) => {
      this.#clients.add(client);
      client.on('error', () => client.destroy());
      client.on('close', () => this.#clients.delete(client));
      pass(client, nodes);
    });
  }

  static async before(...nodes: { url: string }[]): Promise<Balancer> {
    const listener = createServer({ noDelay: true });
    listener.listen(0, '127.0.0.1');
    await once(listener, 'listening');
    return new Balancer(
      listener,
      nodes.map(({ url }) => new URL(url)),
    );
  }

  async close(): Promise<void> {
    for (const client of this.#clients) client.destroy();
    const closed = once(this.#listener, 'close');
    this.#listener.close();
    await closed;
  }
}

function pass(client: Socket, [node, ...others]: readonly URL[]): void {
  if (node === undefined) {
    client.destroy();
    return;
  }
  const server = connect(Number(node.port), node.hostname);
  const next = () => pass(client, others);
  server.once('error', next);
  server.once('connect', () => {
    server.off('error', next);
    server.on('error', () => client.destroy());
    server.on('close', () => client.destroy());
    client.on('close', () => server.destroy());
    client.pipe(server).pipe(client);
  });
}
