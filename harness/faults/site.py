"""The library's site in the table of faults: it opens streams, and produces on demand."""

import asyncio
import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from uuid import UUID

#: The seconds that are added to the wall clock of this process. `/clock/<seconds>/` sets them.
skew = [0.0]
clock, clock_ns = time.time, time.time_ns
time.time = lambda: clock() + skew[0]
time.time_ns = lambda: clock_ns() + int(skew[0] * 1e9)

from django.core.asgi import get_asgi_application
from django.http import HttpRequest, JsonResponse
from django.urls import path

from harness.faults.meter import Meter
from harness.faults.scenarios import (
    BEFORE_FAILURE,
    BLOCK,
    BLOCKS,
    FRAMES,
    PACE,
    cancelled_task,
)
from harness.wrappers import WRAPPERS
from sse_pipeline import SSEHandler
from sse_pipeline.exceptions import StoreUnavailable, StreamEnded, StreamNotFound
from sse_pipeline.routing import application as streams

#: Seconds that a stream of the scenario "brief" lives.
BRIEF = 5
#: What a producer may be told: that the stream is over, or gone, or that the store is away.
TOLD = (StreamEnded, StreamNotFound, StoreUnavailable)

#: How the last producer of this process ended.
ends: dict[str, str] = {}


def text(handler: SSEHandler) -> None:
    with handler.component("text") as component:
        for number in range(FRAMES):
            component.send("text", chunk=number)
            time.sleep(PACE)


def raises(handler: SSEHandler) -> None:
    with suppress(ArithmeticError), handler.component("text") as component:
        for number in range(BEFORE_FAILURE):
            component.send("text", chunk=number)
            time.sleep(PACE)
        raise ArithmeticError("the producer was made to fail")


def quiet(handler: SSEHandler) -> None:
    handler.register_component("text")
    handler.send("text", chunk=0)


def flood(handler: SSEHandler) -> None:
    handler.register_component("text")
    for _ in range(BLOCKS):
        handler.send("block", data=BLOCK)


def steady(handler: SSEHandler) -> None:
    handler.register_component("text")
    for _ in range(BLOCKS):
        handler.send("block", data=BLOCK)
        time.sleep(PACE)


async def task(handler: SSEHandler) -> None:
    async with handler.component("text") as component:
        for number in range(BEFORE_FAILURE):
            await component.asend("text", chunk=number)
            await asyncio.sleep(PACE)
        await cancelled_task()


SCENARIOS: dict[str, Callable[[SSEHandler], None]] = {
    each.__name__: each for each in (text, raises, quiet, flood, steady)
} | {"brief": quiet, "task": lambda handler: asyncio.run(_cancelled(handler))}


async def _cancelled(handler: SSEHandler) -> None:
    await asyncio.gather(asyncio.create_task(task(handler)), return_exceptions=True)


def open_stream(request: HttpRequest, scenario: str) -> JsonResponse:
    handler = (
        SSEHandler(components=["text"], deadline=BRIEF)
        if scenario == "brief"
        else SSEHandler(components=["text"])
    )
    handler.open()
    return JsonResponse({"stream": handler.stream_id})


def begin(request: HttpRequest, scenario: str, stream_id: UUID) -> JsonResponse:
    """Let a thread produce, and wait for it if it says all that it has at once."""
    handler = SSEHandler.attach(stream_id)
    producer = threading.Thread(target=_produce, args=[scenario, handler], daemon=True)
    producer.start()
    if scenario in {"quiet", "brief", "flood"}:
        producer.join()
    return JsonResponse({})


def _produce(scenario: str, handler: SSEHandler) -> None:
    try:
        SCENARIOS[scenario](handler)
        ends[handler.stream_id] = "done"
    except TOLD as error:
        ends[handler.stream_id] = type(error).__name__


def end_of(request: HttpRequest, stream_id: UUID) -> JsonResponse:
    """Say how the producer of this process ended, if it has."""
    return JsonResponse({"end": ends.get(str(stream_id), "")})


def move_clock(request: HttpRequest, seconds: str) -> JsonResponse:
    """Put the wall clock of this process forward or back."""
    skew[0] = float(seconds)
    return JsonResponse({"now": time.time()})


urlpatterns = [
    path("open/<scenario>/", open_stream),
    path("begin/<scenario>/<uuid:stream_id>/", begin),
    path("end/<uuid:stream_id>/", end_of),
    path("clock/<seconds>/", move_clock),
]
application = Meter(WRAPPERS[os.environ.get("WRAPPER", "plain")](streams(get_asgi_application())))
