"""A site whose streams are read by the client module, in Node and in pages of a browser."""

import json
from typing import Any

from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler
from django.core.asgi import get_asgi_application
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from sse_pipeline import SSEHandler
from sse_pipeline.routing import application as streams

#: It has what splits lines, and what JSON escapes.
PIECE = "“tick”\u2028\r\n\U0001f5fc "


def _opened(request: HttpRequest) -> SSEHandler:
    """Open a stream with as many frames as the request wants, and end it if that is wanted."""
    wanted: dict[str, Any] = json.loads(request.body)
    handler = SSEHandler(components=["text"])
    handler.open()
    _send(handler, 0, wanted["frames"])
    if wanted.get("end", True):
        handler.mark_component_complete("text")
    return handler


def _send(handler: SSEHandler, first: int, count: int) -> None:
    for number in range(first, first + count):
        # More names than a page would list.
        handler.send(f"tick-{number % 7}", component="text", number=number, chunk=PIECE)


def _path(handler: SSEHandler) -> str:
    return f"/streams/{handler.stream_id}/events/"


@csrf_exempt
def open_stream(request: HttpRequest) -> HttpResponseBase:
    return JsonResponse({"id": (opened := _opened(request)).stream_id, "path": _path(opened)})


@csrf_exempt
def open_and_read(request: HttpRequest) -> HttpResponseBase:
    """Reply with the stream itself, and say where it can be resumed."""
    handler = _opened(request)
    response = handler.response(request)
    if "nowhere" not in request.GET:
        response["Location"] = _path(handler)
    return response


@csrf_exempt
def send(request: HttpRequest, stream_id: str) -> HttpResponseBase:
    """Send more frames of a stream, and end it if that is wanted."""
    wanted: dict[str, Any] = json.loads(request.body)
    handler = SSEHandler.attach(stream_id)
    _send(handler, wanted["first"], wanted["frames"])
    if wanted.get("end"):
        handler.mark_component_complete("text")
    return HttpResponse(status=204)


def page(request: HttpRequest) -> HttpResponseBase:
    return HttpResponse("<!doctype html><title>page</title><body></body>")


def readers(request: HttpRequest, stream_id: str) -> HttpResponseBase:
    from sse_pipeline import stores

    stream: Any = stores.current().attach(stream_id)
    return JsonResponse({"readers": stream.readers})


urlpatterns = [
    path("", page),
    path("open", open_stream),
    path("read", open_and_read),
    path("send/<str:stream_id>", send),
    path("readers/<str:stream_id>", readers),
]
application = streams(ASGIStaticFilesHandler(get_asgi_application()))
