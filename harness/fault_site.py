"""A site whose streams and consumers fail on demand, to be served by real servers."""

import asyncio
import logging
import os
import resource
import threading
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from uuid import UUID

from django.core.asgi import get_asgi_application
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.urls import path

from harness.waiting import until
from harness.wrappers import WRAPPERS
from sse_pipeline import SSEHandler, stores
from sse_pipeline.consumers import EventsConsumer
from sse_pipeline.http.replies import reply_to, to_django
from sse_pipeline.http.source import StreamSource
from sse_pipeline.routing import application as streams
from sse_pipeline.streams.plans import arun

FLOOD = 640  # frames
BLOCK = "x" * 65_536

logging.captureWarnings(True)


def finish(handler: SSEHandler) -> None:
    with handler.component("text"):
        handler.send("text", chunk="one")
        until(lambda: readers(handler.stream_id))
        handler.send("text", chunk="two")


def fail(handler: SSEHandler) -> None:
    with suppress(ArithmeticError), handler.component("text"):
        handler.send("text", chunk="one")
        until(lambda: readers(handler.stream_id))
        raise ArithmeticError("the text was made to fail")


def stay(handler: SSEHandler) -> None:
    handler.register_component("text")
    handler.send("text", chunk="one")


def flood(handler: SSEHandler) -> None:
    handler.register_component("text")
    for _ in range(FLOOD):
        handler.send("block", data=BLOCK)


SCENARIOS = {"finish": finish, "fail": fail, "stay": stay, "flood": flood}


def readers(stream_id: str) -> int:
    return stores.current().attach(stream_id).readers  # type: ignore[union-attr]


def start(request: HttpRequest, scenario: str) -> JsonResponse:
    """Open a stream; its producer is a thread, and waits for a reader where it matters."""
    handler = SSEHandler(components=["text"])
    producer = threading.Thread(target=SCENARIOS[scenario], args=[handler], daemon=True)
    producer.start()
    if scenario in {"stay", "flood"}:
        producer.join()
    else:
        until(lambda: handler.snapshot().traffic.frames)
    return JsonResponse({"stream": handler.stream_id})


async def inspect(request: HttpRequest, stream_id: UUID) -> JsonResponse:
    """Tell how the process stands: open files are counted, memory is the peak in KiB."""
    return JsonResponse(
        {
            "readers": readers(str(stream_id)),
            "tasks": len(asyncio.all_tasks()),
            "files": len(os.listdir("/dev/fd")),  # noqa: PTH208
            "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
        }
    )


async def asynchronous_view(request: HttpRequest, stream_id: UUID) -> HttpResponseBase:
    return await (await SSEHandler.aattach(stream_id)).aresponse(request)


def synchronous_view(request: HttpRequest, stream_id: UUID) -> HttpResponseBase:
    return SSEHandler.attach(stream_id).response(request)


class RaisingSource(StreamSource):
    async def __aiter__(self) -> AsyncGenerator[bytes]:
        async with aclosing(super().__aiter__()) as chunks:
            async for chunk in chunks:
                yield chunk
                raise ArithmeticError("the reader was made to fail")


class CancellingSource(StreamSource):
    async def __aiter__(self) -> AsyncGenerator[bytes]:
        async with aclosing(super().__aiter__()) as chunks:
            async for chunk in chunks:
                yield chunk
                task = asyncio.current_task()
                assert task is not None
                task.cancel()


async def raising_view(request: HttpRequest, stream_id: UUID) -> HttpResponseBase:
    reply = await (await SSEHandler.aattach(stream_id)).areply(request)
    assert reply.reader is not None
    reply.reader.__class__ = RaisingSource
    return to_django(reply, request)


class FaultyConsumer(EventsConsumer):
    reader: type[StreamSource]

    def __init__(self, reader: type[StreamSource]) -> None:
        super().__init__()
        self.reader = reader

    async def get(self, request: HttpRequest) -> None:
        reply = await arun(reply_to(request, *await self.find(request)))
        assert reply.reader is not None
        reply.reader.__class__ = self.reader
        await self.serve(reply)


urlpatterns = [
    path("start/<scenario>/", start),
    path("inspect/<uuid:stream_id>/", inspect),
    path("asynchronous-view/<uuid:stream_id>/", asynchronous_view),
    path("raising-view/<uuid:stream_id>/", raising_view),
    path("synchronous-view/<uuid:stream_id>/", synchronous_view),
]
application = WRAPPERS[os.environ.get("WRAPPER", "plain")](
    streams(
        get_asgi_application(),
        [
            path("raising/<uuid:stream_id>/", FaultyConsumer.as_asgi(reader=RaisingSource)),
            path("cancelling/<uuid:stream_id>/", FaultyConsumer.as_asgi(reader=CancellingSource)),
        ],
    )
)
