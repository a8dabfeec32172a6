"""A group chat on Django Channels as a process.

    chat '{"hosts": ["redis://..."], "prefix": "...", "backend": "core", "server": "daphne", "port": 0}'

Prints {"port": 8001} when it listens; port 0 picks a free one. Sockets: /ws/chat/<room>/ has an asynchronous consumer,
/ws/sync-chat/<room>/ a synchronous one; both speak {"message": "text"} and share the group chat_<room>.
"""

import json
import sys

config = json.loads(sys.argv[1])


def configure_django():
    from django.conf import settings

    backends = {
        "core": "channels_redis.core.RedisChannelLayer",
        "pubsub": "channels_redis.pubsub.RedisPubSubChannelLayer",
    }
    layer = {
        "BACKEND": backends[config["backend"]],
        "CONFIG": {"hosts": config["hosts"], "prefix": config["prefix"]},
    }
    settings.configure(
        ALLOWED_HOSTS=["*"],
        CHANNEL_LAYERS={"default": layer},
        INSTALLED_APPS=["channels"],
        SECRET_KEY="only for tests",
    )
    import django

    django.setup()


def application():
    from channels.routing import ProtocolTypeRouter, URLRouter
    from django.core.asgi import get_asgi_application
    from django.urls import path

    from consumers import AsyncChatConsumer, SyncChatConsumer

    sockets = [
        path("ws/chat/<room>/", AsyncChatConsumer.as_asgi()),
        path("ws/sync-chat/<room>/", SyncChatConsumer.as_asgi()),
    ]
    return ProtocolTypeRouter({"http": get_asgi_application(), "websocket": URLRouter(sockets)})


def announce(port):
    print(json.dumps({"port": port}), flush=True)


def run_daphne(app):
    from daphne.server import Server

    server = Server(
        application=app,
        endpoints=[f"tcp:port={config['port']}:interface=127.0.0.1"],
        ready_callable=lambda: announce(server.listening_addresses[0][1]),
    )
    server.run()


def run_uvicorn(app):
    import socket

    import uvicorn

    listener = socket.create_server(("127.0.0.1", config["port"]))
    announce(listener.getsockname()[1])
    uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off")).run(sockets=[listener])


configure_django()
{"daphne": run_daphne, "uvicorn": run_uvicorn}[config["server"]](application())
