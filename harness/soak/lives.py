"""The life of one stream: its producers do what its schedule says."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from harness.soak.schedules import Schedule
from sse_pipeline import SSEHandler
from sse_pipeline.conf import UNSET
from sse_pipeline.exceptions import FrameTooLarge, StreamEnded

TEXT, SPEECH = "text", "speech"
#: Seconds that a stream or a component has that must be ended by the watchdog.
SHORT = 0.05
TOO_LARGE = "x" * 5000


class Broken(Exception):
    """What a producer of the soak raises."""


async def open_stream(schedule: Schedule) -> SSEHandler:
    """Open a stream, and register its two components."""
    name = schedule.ending.name
    handler = SSEHandler(deadline=SHORT if name == "the deadline comes" else UNSET)
    silent = name == "a component is silent"
    with suppress(StreamEnded):  # on a busy machine the deadline may come as soon
        await handler.aregister_component(SPEECH, required=name != "an optional component fails")
        await handler.aregister_component(TEXT, timeout=SHORT if silent else UNSET)
    return handler


async def produce(schedule: Schedule, handler: SSEHandler) -> None:
    """Do what the producers of a stream do."""
    await LIVES.get(schedule.ending.name, _complete)(schedule, handler)


async def _complete(schedule: Schedule, handler: SSEHandler) -> None:
    speech = asyncio.create_task(_speak(schedule, handler))
    async with handler.component(TEXT) as text:
        await _send(schedule, text)
    await speech


async def _speak(schedule: Schedule, handler: SSEHandler) -> None:
    if schedule.threaded:
        await asyncio.to_thread(_speak_in_a_thread, schedule, handler)
        return
    async with handler.component(SPEECH) as speech:
        await _send(schedule, speech)


def _speak_in_a_thread(schedule: Schedule, handler: SSEHandler) -> None:
    with handler.component(SPEECH) as speech:
        for number in range(schedule.frames):
            speech.send("frame", number=number)


async def _send(schedule: Schedule, component: Any) -> None:
    if schedule.noted:
        component.note("at work")
    for number in range(schedule.frames):
        await component.asend("frame", number=number)
        await asyncio.sleep(0)


async def _optional_fails(schedule: Schedule, handler: SSEHandler) -> None:
    with suppress(Broken):
        async with handler.component(SPEECH) as speech:
            await _send(schedule, speech)
            raise Broken
    async with handler.component(TEXT) as text:
        await _send(schedule, text)


async def _close_first(schedule: Schedule, handler: SSEHandler) -> None:
    await handler.amark_complete()
    await _complete(schedule, handler)


async def _raise(schedule: Schedule, handler: SSEHandler) -> None:
    with suppress(Broken):
        async with handler.component(TEXT) as text:
            await _send(schedule, text)
            raise Broken
    await handler.amark_component_complete(SPEECH)


async def _fail(schedule: Schedule, handler: SSEHandler) -> None:
    await handler.amark_component_complete(SPEECH)
    await handler.afail_component(TEXT, "broken")


async def _cancel_task(schedule: Schedule, handler: SSEHandler) -> None:
    entered = asyncio.Event()

    async def work() -> None:
        async with handler.component(TEXT) as text:
            await _send(schedule, text)
            entered.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(work())
    await entered.wait()
    task.cancel()
    await asyncio.wait([task])
    await handler.amark_component_complete(SPEECH)


async def _cancel(schedule: Schedule, handler: SSEHandler) -> None:
    await handler.acancel()
    for name in (TEXT, SPEECH):
        await handler.afail_component(name, asyncio.CancelledError())


async def _cancel_in_vain(schedule: Schedule, handler: SSEHandler) -> None:
    await handler.acancel()


async def _report(schedule: Schedule, handler: SSEHandler) -> None:
    await handler.asend_error("broken", component=TEXT)
    await _complete(schedule, handler)


async def _nothing(schedule: Schedule, handler: SSEHandler) -> None:
    await handler.amark_component_complete(SPEECH)


async def _send_too_much(schedule: Schedule, handler: SSEHandler) -> None:
    with suppress(FrameTooLarge):
        await handler.asend("frame", component=TEXT, data=TOO_LARGE)


LIVES: dict[str, Callable[[Schedule, SSEHandler], Awaitable[None]]] = {
    "an optional component fails": _optional_fails,
    "closed before its components settle": _close_first,
    "a producer raises": _raise,
    "a component is failed by hand": _fail,
    "a task is cancelled": _cancel_task,
    "cancelled": _cancel,
    "cancelled, and no producer obeys": _cancel_in_vain,
    "an error is reported": _report,
    "a component is silent": _nothing,
    "the deadline comes": _nothing,
    "a frame is too large": _send_too_much,
}
