// The room of the fan-out benchmark on `ws`: whatever a connection says goes to all connections.
//
//   node server.mjs PORT [corked]
//
// `corked` holds back what is written while one round of the event loop reads messages, so that it leaves in one write
// a connection.
import { WebSocketServer } from 'ws';

const [port, mode] = process.argv.slice(2);
const server = new WebSocketServer({ host: '127.0.0.1', port: Number(port), backlog: 1024 });
const send = mode === 'corked' ? sendCorked : (connection, data, options) => connection.send(data, options);
const corked = new Set();

server.on('connection', (connection) => {
    connection.on('error', () => connection.terminate());
    connection.on('message', (data, isBinary) => {
        const options = { binary: isBinary };
        for (const member of server.clients) {
            send(member, data, options);
        }
    });
});

function sendCorked(connection, data, options) {
    // The socket under the connection; `ws` has no public name for it.
    const socket = connection._socket;
    if (socket && !corked.has(socket)) {
        if (corked.size === 0) {
            setImmediate(uncork);
        }
        corked.add(socket);
        socket.cork();
    }
    connection.send(data, options);
}

function uncork() {
    for (const socket of corked) {
        socket.uncork();
    }
    corked.clear();
}
