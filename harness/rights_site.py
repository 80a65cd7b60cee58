"""A site whose readers lose their right on demand, to be served by real servers."""

import os
from typing import Any

from django.core.asgi import get_asgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import path

from harness.fault_site import asynchronous_view, synchronous_view
from sse_pipeline import SSEHandler
from sse_pipeline.routing import application as streams

_admitted: set[str] = set()


def authorize(scope: dict[str, Any], stream: Any) -> bool:
    return stream.stream_id in _admitted


def start(request: HttpRequest) -> HttpResponse:
    """Open a stream of somebody's, which everybody may read for now."""
    handler = SSEHandler(owner="user:999", components=["text"])
    _admitted.add(handler.stream_id)
    handler.open()
    return HttpResponse(handler.stream_id)


def revoke(request: HttpRequest) -> HttpResponse:
    """Take the right to all streams from everybody."""
    _admitted.clear()
    return HttpResponse(os.getpid())


urlpatterns = [
    path("start/", start),
    path("revoke/", revoke),
    path("asynchronous-view/<uuid:stream_id>/", asynchronous_view),
    path("synchronous-view/<uuid:stream_id>/", synchronous_view),
]
application = streams(get_asgi_application())
