"""The channel layer of channels_redis as a process: a JSON command a line on stdin, a JSON answer a line on stdout.

    layer.py '{"backend": "core", "hosts": ["redis://..."], "prefix": "...", "serializer": "msgpack", "key": null}'

Bytes in a message are written as {"__bytes__": "<hex>"} on both sides, because JSON has none.
"""

import asyncio
import json
import sys

from channels_redis.core import RedisChannelLayer
from channels_redis.pubsub import RedisPubSubChannelLayer


async def main():
    layer = make_layer(json.loads(sys.argv[1]))
    commands = asyncio.Queue()
    reader = asyncio.create_task(read_commands(commands))
    answer({"ready": True})
    while (command := await commands.get()) is not None:
        try:
            answer({"ok": await execute(layer, command)})
        except Exception as error:
            answer({"error": f"{type(error).__name__}: {error}"})
    await reader


def make_layer(config):
    options = {"hosts": config["hosts"], "prefix": config["prefix"], "serializer_format": config["serializer"]}
    if config["key"]:
        options["symmetric_encryption_keys"] = [config["key"]]
    if config["backend"] == "core":
        return RedisChannelLayer(capacity=1000, **options)
    return RedisPubSubChannelLayer(**options)


async def read_commands(commands):
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        await commands.put(json.loads(line))
    await commands.put(None)


async def execute(layer, command):
    match command["command"]:
        case "new_channel":
            return await layer.new_channel()
        case "send":
            return await layer.send(command["channel"], from_json(command["message"]))
        case "group_add":
            return await layer.group_add(command["group"], command["channel"])
        case "group_discard":
            return await layer.group_discard(command["group"], command["channel"])
        case "group_send":
            return await layer.group_send(command["group"], from_json(command["message"]))
        case "receive":
            return to_json(await asyncio.wait_for(layer.receive(command["channel"]), 15))


def from_json(value):
    if isinstance(value, dict):
        if "__bytes__" in value:
            return bytes.fromhex(value["__bytes__"])
        return {key: from_json(inner) for key, inner in value.items()}
    return [from_json(inner) for inner in value] if isinstance(value, list) else value


def to_json(value):
    if isinstance(value, bytes):
        return {"__bytes__": value.hex()}
    if isinstance(value, dict):
        return {key: to_json(inner) for key, inner in value.items()}
    return [to_json(inner) for inner in value] if isinstance(value, list) else value


def answer(value):
    print(json.dumps(value), flush=True)


asyncio.run(main())
