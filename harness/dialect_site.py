"""A site whose streams are read in the dialects of the library, by the clients of other protocols.

The text of a message names what its stream does: see `PRODUCERS`.
"""

import json
import threading
from collections.abc import Callable

from django.core.asgi import get_asgi_application
from django.http import HttpRequest, HttpResponseBase
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from sse_pipeline import SSEHandler
from sse_pipeline.consumers import EventsConsumer
from sse_pipeline.routing import application as streams

#: It has what splits lines, and what JSON escapes.
PIECES = ("Paris", " is", " the “capital”\u2028", "\n\nof ", "France: \U0001f5fc", "\r.")
TEXT = "".join(PIECES)


def finish(handler: SSEHandler) -> None:
    with handler.component("text"), handler.component("speech", required=False):
        for piece in PIECES:
            handler.send("text", component="text", chunk=piece)
            handler.send("tick", component="speech", piece=len(piece))


def fail(handler: SSEHandler) -> None:
    handler.register_component("text")
    handler.send("text", chunk=PIECES[0])
    handler.fail_component("text", ArithmeticError("a secret"))


def say_nothing(handler: SSEHandler) -> None:
    with handler.component("text"):
        pass


PRODUCERS: dict[str, Callable[[SSEHandler], None]] = {
    "finish": finish,
    "fail": fail,
    "say nothing": say_nothing,
}


def _start(scenario: str) -> SSEHandler:
    handler = SSEHandler(components=["text"])
    handler.open()
    threading.Thread(target=PRODUCERS[scenario], args=[handler], daemon=True).start()
    return handler


@csrf_exempt
def completions(request: HttpRequest) -> HttpResponseBase:
    handler = _start(json.loads(request.body)["messages"][-1]["content"])
    return handler.response(request, dialect="openai-chat")


@csrf_exempt
def responses(request: HttpRequest) -> HttpResponseBase:
    handler = _start(json.loads(request.body)["input"])
    return handler.response(request, dialect="openai-responses")


urlpatterns = [
    path("v1/chat/completions", completions),
    path("v1/responses", responses),
]
routes = [
    path(
        "v1/responses/<uuid:stream_id>",
        EventsConsumer.as_asgi(),
        {"dialect": "openai-responses"},
    )
]
application = streams(get_asgi_application(), routes)
