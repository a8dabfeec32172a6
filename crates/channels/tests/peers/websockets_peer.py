"""The websockets library as a process: a JSON command a line on stdin, a JSON answer a line on stdout.

Connections have numbers. Payloads are base64, because text, too, is sent as the bytes that the test wants. `ws_peer.mjs`
takes the same commands.
"""

import base64
import itertools
import json
import queue
import socket
import sys
import threading
from contextlib import suppress
from http import HTTPStatus
from urllib.parse import urlsplit

from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory, ServerPerMessageDeflateFactory
from websockets.sync.client import connect
from websockets.sync.server import serve

connections = {}
numbers = itertools.count()
accepted = queue.Queue()


class CountingSocket(socket.socket):
    """Knows how many bytes came over the wire."""

    received = 0

    def recv(self, *arguments):
        data = super().recv(*arguments)
        self.received += len(data)
        return data


def main():
    answer({"ready": True})
    for line in sys.stdin:
        command = json.loads(line)
        try:
            answer({"ok": execute(command)})
        except Exception as error:
            answer({"error": f"{type(error).__name__}: {error}"})


def execute(command):
    match command["command"]:
        case "connect":
            return connect_to(command)
        case "listen":
            return listen(command)
        case "accept":
            return opened(accepted.get())
    connection = connections[command["connection"]]
    match command["command"]:
        case "send":
            fragments = [base64.b64decode(fragment) for fragment in command["fragments"]]
            message = fragments[0] if len(fragments) == 1 else fragments
            # A connection that closes meanwhile is noticed by the next `receive`.
            with suppress(ConnectionClosed):
                connection.send(message, text=command["kind"] == "text")
        case "receive":
            return receive(connection)
        case "ping":
            return connection.ping(base64.b64decode(command["payload"])).wait(20)
        case "close":
            close(connection, command["code"], command["reason"])
            return ending(connection)
        case "abort":
            connection.socket.shutdown(socket.SHUT_RDWR)
        case "received_bytes":
            return connection.socket.received


def connect_to(command):
    address = urlsplit(command["address"])
    wire = CountingSocket(socket.AF_INET, socket.SOCK_STREAM)
    wire.connect((address.hostname, address.port))
    deflate = command["deflate"]
    try:
        connection = connect(
            command["address"],
            sock=wire,
            compression=None,
            extensions=None if deflate is None else [ClientPerMessageDeflateFactory(**deflate)],
            subprotocols=command["subprotocols"] or None,
            max_size=None,
        )
    except InvalidStatus as refusal:
        return {"refused": refusal.response.status_code}
    return opened(connection)


def listen(command):
    """Serves until the process ends, `/refused` with 403. Answers the port."""
    deflate = command["deflate"]
    server = serve(
        keep_until_closed,
        "127.0.0.1",
        0,
        compression=None,
        extensions=None if deflate is None else [ServerPerMessageDeflateFactory(**deflate)],
        subprotocols=command["subprotocols"] or None,
        process_request=refuse_one_path,
        max_size=None,
    )
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.socket.getsockname()[1]


def refuse_one_path(connection, request):
    if request.path == "/refused":
        return connection.respond(HTTPStatus.FORBIDDEN, "not you")


def keep_until_closed(connection):
    accepted.put(connection)
    # The library closes the connection when its handler returns.
    connection.recv_events_thread.join()


def opened(connection):
    number = next(numbers)
    connections[number] = connection
    return {
        "connection": number,
        "subprotocol": connection.subprotocol,
        "extensions": connection.response.headers.get("Sec-WebSocket-Extensions", ""),
    }


def receive(connection):
    try:
        message = connection.recv()
    except ConnectionClosed:
        return ending(connection)
    if isinstance(message, str):
        return {"text": base64.b64encode(message.encode()).decode()}
    return {"binary": base64.b64encode(message).decode()}


def close(connection, code, reason):
    if code is not None:
        connection.close(code, reason)
        return
    # The library has no word for a close frame without a code, but its protocol has.
    with connection.send_context():
        connection.protocol.send_close()


def ending(connection):
    """The close frame that came; 1006 when none did."""
    return {"closed": connection.close_code, "reason": connection.close_reason}


def answer(value):
    print(json.dumps(value), flush=True)


main()
