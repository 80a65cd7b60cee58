"""What is served beside Redis: the library's streams, and two ways of doing it by hand."""

import asyncio
import json
import os
import time
from collections import defaultdict
from typing import Any
from urllib.parse import parse_qsl

from django.core.asgi import get_asgi_application
from redis import asyncio as redis

from sse_pipeline.routing import application as streams

library = streams(get_asgi_application())
URL = os.environ["SSE_PIPELINE_STORE"]
PING = b"retry: 2000\n\n"
END = b"event: complete"
RAW = b"id: 1\nevent: text\ndata: " + b"x" * 100 + b"\n\n"


class Forwarder:
    """One subscription of the process; a queue for each client."""

    def __init__(self) -> None:
        self._queues: dict[str, set[asyncio.Queue[bytes]]] = defaultdict(set)
        self._task: asyncio.Task[None] | None = None

    async def serve(self, stream: str, send: Any) -> None:
        if self._task is None:
            self._subscription = redis.Redis.from_url(URL).pubsub()
            await self._subscription.psubscribe("bench:*")
            self._task = asyncio.create_task(self._forward())
        queue: asyncio.Queue[bytes] = asyncio.Queue()
        self._queues["bench:" + stream].add(queue)
        await _begin(send)
        frame = b""
        while not frame.startswith(END):
            frame = await queue.get()
            await send({"type": "http.response.body", "body": frame, "more_body": True})
        self._queues["bench:" + stream].discard(queue)
        await send({"type": "http.response.body", "body": b""})

    async def _forward(self) -> None:
        async for message in self._subscription.listen():
            if message["type"] == "pmessage":
                for queue in self._queues[message["channel"].decode()]:
                    queue.put_nowait(message["data"])


async def read_alone(stream: str, send: Any) -> None:
    """Serve a client by a blocking read of its own."""
    client = redis.Redis.from_url(URL, socket_timeout=None)
    await _begin(send)
    last, frame = b"0-0", b""
    while not frame.startswith(END):
        found: Any = await client.xread({"bench:" + stream: last}, block=5000)
        for _, entries in found:
            for position, entry in entries:
                last = position
                frame = entry[b"f"]
                await send({"type": "http.response.body", "body": frame, "more_body": True})
    await client.aclose()
    await send({"type": "http.response.body", "body": b""})


async def _begin(send: Any) -> None:
    headers = [(b"content-type", b"text/event-stream")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": PING, "more_body": True})


forwarder = Forwarder()


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    if scope["type"] != "http":
        await library(scope, receive, send)
        return
    options = dict(parse_qsl(scope["query_string"].decode()))
    if scope["path"] == "/pubsub":
        await forwarder.serve(options["stream"], send)
    elif scope["path"] == "/alone":
        await read_alone(options["stream"], send)
    elif scope["path"] == "/cpu":
        await _reply(send, json.dumps(time.process_time()).encode())
    elif scope["path"] == "/raw":
        await _reply(send, RAW * int(options["frames"]))
    else:
        await library(scope, receive, send)


async def _reply(send: Any, body: bytes) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})
