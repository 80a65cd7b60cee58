"""A site whose streams are read in the dialects of the library, by the clients of other protocols.

The text of a message names what its stream does: see `PRODUCERS`.
"""

import json
import threading
from collections.abc import Callable
from uuid import UUID

from django.core.asgi import get_asgi_application
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from harness.waiting import until
from sse_pipeline import SSEHandler, stores
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


def think(handler: SSEHandler) -> None:
    with handler.component("text"), handler.component("speech", required=False):
        handler.send("reasoning", component="text", chunk="Where")
        handler.send("reasoning", component="text", chunk=" is it?")
        handler.send("text", component="text", chunk="It is in")
        handler.send("audio", component="speech", segment=1, audio="AAAA")
        handler.send("source", component="text", url="https://example.com/", title="Example")
        handler.send("text", component="text", chunk=" France")


def use_tools(handler: SSEHandler) -> None:
    with handler.component("text"), handler.component("search", required=False):
        handler.send("state", component="text", snapshot={"seen": [1], "step": "search"})
        handler.send("text", component="text", chunk="I look it up.")
        arguments = {"query": "capital\u2028"}
        handler.send("tool_call", component="text", id="c1", name="search", arguments=arguments)
        handler.send("tool_result", component="search", id="c1", result=["Paris"])
        patch = [{"op": "add", "path": "/seen/-", "value": 2}]
        handler.send("state_delta", component="text", delta=patch)
        handler.send("text", component="text", chunk="It is Paris.")


def cancel(handler: SSEHandler) -> None:
    handler.register_component("text")
    handler.send("text", chunk=PIECES[0])
    handler.cancel()
    handler.fail_component("text", "cancelled")


def wait_for_two(handler: SSEHandler) -> None:
    with handler.component("text"):
        handler.send("text", chunk=PIECES[0])
        until(lambda: _readers(handler.stream_id) == 2)
        for piece in PIECES[1:]:
            handler.send("text", chunk=piece)


def _readers(stream_id: str) -> int:
    return stores.current().attach(stream_id).readers  # type: ignore[union-attr]


PRODUCERS: dict[str, Callable[[SSEHandler], None]] = {
    "finish": finish,
    "fail": fail,
    "say nothing": say_nothing,
    "think": think,
    "cancel": cancel,
    "use tools": use_tools,
    "wait for two": wait_for_two,
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


@csrf_exempt
def run(request: HttpRequest) -> HttpResponseBase:
    handler = _start(json.loads(request.body)["messages"][-1]["content"])
    return handler.response(request, dialect="ag-ui")


@csrf_exempt
async def chat(request: HttpRequest, chat_id: str) -> HttpResponseBase:
    message = json.loads(request.body)["messages"][-1]
    handler = _start(message["parts"][0]["text"])
    CHATS[chat_id] = handler.stream_id
    return await handler.aresponse(request, dialect="ai-sdk")


async def resume_chat(request: HttpRequest, chat_id: str) -> HttpResponseBase:
    handler = await SSEHandler.aattach(UUID(CHATS[chat_id]))
    return await handler.aresponse(request, dialect="ai-sdk")


def page(request: HttpRequest) -> HttpResponseBase:
    return HttpResponse("<!doctype html><title>page</title><body></body>")


#: The streams of chats, by the id of the chat.
CHATS: dict[str, str] = {}

urlpatterns = [
    path("", page),
    path("v1/chat/completions", completions),
    path("v1/responses", responses),
    path("run", run),
    path("chat/<str:chat_id>", chat),
    path("chat/<str:chat_id>/stream", resume_chat),
]
routes = [
    path(
        "v1/responses/<uuid:stream_id>",
        EventsConsumer.as_asgi(),
        {"dialect": "openai-responses"},
    )
]
application = streams(get_asgi_application(), routes)
