"""A site with a stream of each state and each reason, and one that goes on.

The pauses give the bars of the timeline a length. No test needs them to be right.
"""

import asyncio
import os
import threading
import time
from base64 import b64encode
from collections.abc import Callable

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "harness.inspection_settings")

from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler
from django.core.asgi import get_asgi_application

site = ASGIStaticFilesHandler(get_asgi_application())

from django.http import HttpRequest
from django.urls import path

from sse_pipeline import SSEHandler
from sse_pipeline.exceptions import FrameTooLarge
from sse_pipeline.http.endpoint import Endpoint
from sse_pipeline.lifecycle import causes
from sse_pipeline.lifecycle.registry import Status
from sse_pipeline.lifecycle.snapshot import Verdict
from sse_pipeline.routing import application as streams
from sse_pipeline.streams.operations import StreamOperations
from sse_pipeline.streams.plans import run

TEXT, SPEECH = "text_generation", "tts_processing"
HOSTILE = "<script>document.title = 'broken into'</script>"


def opened() -> SSEHandler:
    handler = SSEHandler(owner="user:7", components=[TEXT])
    handler.register_component(SPEECH, required=False, timeout=3600)
    handler.send("text", component=TEXT, chunk="The bridge was closed on Monday.", offset=0)
    audio = b64encode(bytes(12_000)).decode()
    handler.send("audio", component=SPEECH, segment=1, audio=audio)
    return handler


def decided(handler: SSEHandler, cause: causes.Cause) -> None:
    run(StreamOperations(handler.stream_id).change(cause), "")


def complete(handler: SSEHandler) -> None:
    time.sleep(0.3)
    handler.mark_component_complete(TEXT)
    time.sleep(0.4)
    handler.mark_component_complete(SPEECH)


def component_failed(handler: SSEHandler) -> None:
    handler.fail_component(TEXT, "the model broke off: api key sk-secret")
    time.sleep(0.2)
    handler.mark_component_complete(SPEECH)


def error_reported(handler: SSEHandler) -> None:
    handler.send_error("no voice", component=SPEECH, code="no_voice")
    complete(handler)


def timeout(handler: SSEHandler) -> None:
    time.sleep(0.3)
    decided(handler, causes.fail(TEXT, Status.TIMED_OUT, "silent for 120 s"))
    decided(handler, causes.DRAIN_OVER)


def deadline(handler: SSEHandler) -> None:
    decided(handler, causes.abort(Verdict.TIMEOUT))


def cancelled(handler: SSEHandler) -> None:
    handler.cancel()
    time.sleep(0.1)
    handler.fail_component(TEXT, "stopped")
    handler.mark_component_complete(SPEECH)


def overflow(handler: SSEHandler) -> None:
    try:
        handler.send("text", chunk="x" * (1 << 21))
    except FrameTooLarge:
        return


def producer_lost(handler: SSEHandler) -> None:
    decided(handler, causes.fail(TEXT, Status.LOST))
    handler.mark_component_complete(SPEECH)


def shutdown(handler: SSEHandler) -> None:
    decided(handler, causes.abort(Verdict.SHUTDOWN))


def draining(handler: SSEHandler) -> None:
    handler.mark_component_complete(TEXT)
    handler.mark_complete()
    handler.note(SPEECH, "segment 7: waiting for its first audio")


def streaming(handler: SSEHandler) -> None:
    """Send until it is cancelled."""
    handler.send("text", component=TEXT, chunk=HOSTILE, offset=0)

    def produce() -> None:
        number = 0
        while not handler.cancelled:
            number += 1
            handler.send("text", component=TEXT, chunk=f"word {number} ", offset=number)
            time.sleep(0.1)
        handler.fail_component(TEXT, "cancelled")
        handler.fail_component(SPEECH, "cancelled")

    threading.Thread(target=produce, daemon=True).start()


SPECIMENS: tuple[Callable[[SSEHandler], None], ...] = (
    complete, component_failed, error_reported, timeout, deadline, cancelled, overflow,
    producer_lost, shutdown, draining, streaming,
)  # fmt: skip


def produce(only: str | None) -> dict[str, str]:
    """Make a stream of each kind, or of one kind only; return their ids."""
    ids = {}
    for specimen in SPECIMENS:
        if only not in {None, specimen.__name__}:
            continue
        handler = opened()
        specimen(handler)
        ids[specimen.__name__] = handler.stream_id
    return ids


class SpecimensConsumer(Endpoint):
    async def post(self, request: HttpRequest) -> None:

        await self.reply_json(200, await asyncio.to_thread(produce, request.GET.get("only")))


application = streams(site, [path("specimens/", SpecimensConsumer.as_asgi())])
