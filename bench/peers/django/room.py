"""The room of the fan-out benchmark on Django Channels, as a chat consumer of the tutorial has it.

BENCH_LAYER is `memory`, `redis` or `pubsub`; the latter two need BENCH_REDIS, a URL.
"""

import os

import django
from django.conf import settings

LAYERS = {
    "memory": "channels.layers.InMemoryChannelLayer",
    "redis": "channels_redis.core.RedisChannelLayer",
    "pubsub": "channels_redis.pubsub.RedisPubSubChannelLayer",
}


def channel_layer():
    layer = {"BACKEND": LAYERS[os.environ["BENCH_LAYER"]]}
    if "BENCH_REDIS" in os.environ:
        layer["CONFIG"] = {"hosts": [os.environ["BENCH_REDIS"]]}
    return layer


settings.configure(SECRET_KEY="only measures", ROOT_URLCONF=None, CHANNEL_LAYERS={"default": channel_layer()})
django.setup()

from channels.generic.websocket import AsyncWebsocketConsumer  # noqa: E402, Django is set up first
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.urls import path  # noqa: E402


class ChatConsumer(AsyncWebsocketConsumer):
    async def connect(self):
        self.group = self.scope["url_route"]["kwargs"]["group"]
        await self.channel_layer.group_add(self.group, self.channel_name)
        await self.accept()

    async def disconnect(self, code):
        await self.channel_layer.group_discard(self.group, self.channel_name)

    async def receive(self, text_data=None, bytes_data=None):
        await self.channel_layer.group_send(self.group, {"type": "chat.message", "text": text_data})

    async def chat_message(self, event):
        await self.send(text_data=event["text"])


application = ProtocolTypeRouter({"websocket": URLRouter([path("room/<slug:group>/", ChatConsumer.as_asgi())])})
