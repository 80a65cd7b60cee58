"""The application over Redis: the streams of the library, and each other way."""

import asyncio
import json
import os
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qsl

import psutil
from channels.layers import channel_layers
from django.core.asgi import get_asgi_application
from redis import asyncio as redis

from sse_pipeline.routing import application as streams

library = streams(get_asgi_application())
URL = os.environ["SSE_PIPELINE_STORE"]
OPENING = b"retry: 2000\n"
END = b"event: complete"
RAW = b"event: text\ndata: " + b"x" * 100 + b"\nid: 1\n\n"


class Forwarder:
    """One subscription of the process; a queue for each client."""

    def __init__(self) -> None:
        self._queues: dict[str, set[asyncio.Queue[bytes]]] = defaultdict(set)
        self._task: asyncio.Task[None] | None = None

    async def frames(self, stream: str) -> AsyncIterator[bytes]:
        """Yield the frames of a stream from now on."""
        if self._task is None:
            self._subscription = redis.Redis.from_url(URL).pubsub()
            await self._subscription.psubscribe("bench:*")
            self._task = asyncio.create_task(self._forward())
        queue: asyncio.Queue[bytes] = asyncio.Queue()
        self._queues["bench:" + stream].add(queue)
        try:
            while True:
                yield await queue.get()
        finally:
            self._queues["bench:" + stream].discard(queue)

    async def _forward(self) -> None:
        async for message in self._subscription.listen():
            if message["type"] == "pmessage":
                for queue in self._queues[message["channel"].decode()]:
                    queue.put_nowait(message["data"])


forwarder = Forwarder()


async def read_alone(stream: str) -> AsyncIterator[bytes]:
    """Yield the frames of a stream by a blocking read of its own."""
    last = b"0-0"
    async with redis.Redis.from_url(URL, socket_timeout=None) as client:
        while True:
            found: Any = await client.xread({"bench:" + stream: last}, block=5000)
            for _, entries in found:
                for position, entry in entries:
                    last = position
                    yield entry[b"f"]


async def read_layer(name: str, stream: str) -> AsyncIterator[bytes]:
    """Yield the frames of a group of a channel layer."""
    layer = channel_layers[name]
    channel = await layer.new_channel()
    await layer.group_add(stream, channel)
    try:
        while True:
            yield (await layer.receive(channel))["frame"]
    finally:
        await layer.group_discard(stream, channel)


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    path = scope["path"] if scope["type"] == "http" else ""
    options = dict(parse_qsl(scope["query_string"].decode())) if path else {}
    if path == "/pubsub":
        await _serve(forwarder.frames(options["stream"]), send)
    elif path == "/alone":
        await _serve(read_alone(options["stream"]), send)
    elif path == "/layer":
        await _serve(read_layer(options["name"], options["stream"]), send)
    elif path == "/cpu":
        await _reply(send, json.dumps(time.process_time()).encode())
    elif path == "/memory":
        await _reply(send, json.dumps(psutil.Process().memory_info().rss).encode())
    elif path == "/raw":
        await _reply(send, RAW * int(options["frames"]))
    else:
        await library(scope, receive, send)


async def _serve(frames: Any, send: Any) -> None:
    """Send frames as they come, each in a message, to the last."""
    headers = [(b"content-type", b"text/event-stream")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": OPENING, "more_body": True})
    async for frame in frames:
        await send({"type": "http.response.body", "body": frame, "more_body": True})
        if frame.startswith(END):
            break
    await frames.aclose()
    await send({"type": "http.response.body", "body": b""})


async def _reply(send: Any, body: bytes) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})
