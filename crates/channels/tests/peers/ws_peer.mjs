// Node's ws as a process: a JSON command a line on stdin, a JSON answer a line on stdout.
//
// Connections have numbers. Payloads are base64, because text, too, is sent as the bytes that the test wants.
// `websockets_peer.py` takes the same commands.

import { once } from 'node:events';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';

const { WebSocket, WebSocketServer } = createRequire(new URL('../../../../web/package.json', import.meta.url))('ws');

/** A connection, and what came over it. */
class Connection {
  #waiting = [];
  #wanted = null;

  constructor(socket, extensions) {
    this.socket = socket;
    this.extensions = extensions;
    // The stream, which the socket lets go when it closes.
    this.wire = socket._socket;
    socket.on('message', (data, isBinary) => this.#take({ [isBinary ? 'binary' : 'text']: data.toString('base64') }));
    socket.on('close', (code, reason) => this.#take({ closed: code, reason: reason.toString() }));
    // A failed connection closes, too, and that is where it is noticed.
    socket.on('error', () => undefined);
  }

  #take(event) {
    if (this.#wanted === null) this.#waiting.push(event);
    else this.#wanted(event);
    this.#wanted = null;
  }

  receive() {
    const event = this.#waiting.shift();
    return event ?? new Promise((resolve) => (this.#wanted = resolve));
  }

  async pong() {
    const [payload] = await once(this.socket, 'pong');
    return payload;
  }

  /** Reads until the end. */
  async ending() {
    for (;;) {
      const event = await this.receive();
      if ('closed' in event) return event;
    }
  }
}

const connections = [];
const accepted = [];
let acceptor = null;

async function execute(command) {
  if (command.command === 'connect') return connect(command);
  if (command.command === 'listen') return listen(command);
  if (command.command === 'accept') return opened(accepted.shift() ?? (await new Promise((resolve) => (acceptor = resolve))));

  const connection = connections[command.connection];
  const { socket } = connection;
  switch (command.command) {
    case 'send':
      return send(socket, command);
    case 'receive':
      return connection.receive();
    case 'ping': {
      const payload = Buffer.from(command.payload, 'base64');
      const pong = connection.pong();
      socket.ping(payload);
      return payload.equals(await pong);
    }
    case 'close':
      socket.close(command.code ?? undefined, command.reason);
      return connection.ending();
    case 'abort':
      socket.terminate();
      return null;
    case 'received_bytes':
      return connection.wire.bytesRead;
    default:
      throw new Error(`there is no command ${command.command}`);
  }
}

function connect({ address, deflate, subprotocols }) {
  const socket = new WebSocket(address, subprotocols, { perMessageDeflate: deflateOptions(deflate) });
  return new Promise((resolve, reject) => {
    let extensions = '';
    socket.once('upgrade', (response) => (extensions = response.headers['sec-websocket-extensions'] ?? ''));
    // Messages that came with the handshake follow this event at once, and none of them may be missed.
    socket.once('open', () => resolve(opened(new Connection(socket, extensions))));
    socket.once('unexpected-response', (_, response) => {
      response.resume();
      resolve({ refused: response.statusCode });
    });
    socket.once('error', reject);
  });
}

/** Serves until the process ends, `/refused` with 403. Answers the port. */
async function listen({ deflate, subprotocols }) {
  const server = new WebSocketServer({
    host: '127.0.0.1',
    port: 0,
    perMessageDeflate: deflateOptions(deflate),
    handleProtocols: (offered) => subprotocols.find((name) => offered.has(name)) ?? false,
    verifyClient: ({ req }, decide) => decide(req.url !== '/refused', 403),
  });
  const agreed = new WeakMap();
  server.on('headers', (headers, request) => {
    const name = 'Sec-WebSocket-Extensions: ';
    agreed.set(request, headers.find((line) => line.startsWith(name))?.slice(name.length) ?? '');
  });
  server.on('connection', (socket, request) => {
    const connection = new Connection(socket, agreed.get(request));
    if (acceptor === null) accepted.push(connection);
    else acceptor(connection);
    acceptor = null;
  });
  await once(server, 'listening');
  return server.address().port;
}

function opened(connection) {
  const { socket, extensions } = connection;
  return { connection: connections.push(connection) - 1, subprotocol: socket.protocol || null, extensions };
}

/** What the test calls as RFC 7692 does, in the words of ws. Everything is compressed, however short. */
function deflateOptions(deflate) {
  if (deflate === null) return false;
  return {
    threshold: 0,
    serverNoContextTakeover: deflate.server_no_context_takeover,
    clientNoContextTakeover: deflate.client_no_context_takeover,
    serverMaxWindowBits: deflate.server_max_window_bits,
    clientMaxWindowBits: deflate.client_max_window_bits,
  };
}

async function send(socket, { kind, fragments }) {
  const sent = fragments.map((fragment, at) => {
    const options = { binary: kind === 'binary', fin: at === fragments.length - 1 };
    // A connection that closes meanwhile is noticed by the next `receive`.
    return new Promise((resolve) => socket.send(Buffer.from(fragment, 'base64'), options, resolve));
  });
  await Promise.all(sent);
  return null;
}

const answer = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);

answer({ ready: true });
for await (const line of createInterface({ input: process.stdin })) {
  try {
    answer({ ok: await execute(JSON.parse(line)) });
  } catch (error) {
    answer({ error: String(error) });
  }
}
process.exit();
