"""A WebSocket client of the package `websockets` as a process: a JSON command a line on stdin, an answer a line on stdout.

    socket_client.py ws://127.0.0.1:8000/ws/chat/lobby/

Commands: {"command": "send", "text": "..."} and {"command": "receive"}, which answers with the text that came.
"""

import asyncio
import json
import sys

from websockets.asyncio.client import connect


async def main():
    loop = asyncio.get_running_loop()
    async with connect(sys.argv[1]) as socket:
        print(json.dumps({"ready": True}), flush=True)
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            command = json.loads(line)
            match command["command"]:
                case "send":
                    answer = await socket.send(command["text"])
                case "receive":
                    answer = await asyncio.wait_for(socket.recv(), 15)
            print(json.dumps({"ok": answer}), flush=True)


asyncio.run(main())
