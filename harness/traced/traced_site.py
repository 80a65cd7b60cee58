"""A site of two processes: the one opens an answer, the other one finds its sources."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "harness.traced.traced_settings")

import django

django.setup()

from django.core.asgi import get_asgi_application
from django.http import HttpRequest, JsonResponse
from django.urls import path

from harness.traced.traced_tasks import save, write_text
from harness.wrappers import opentelemetry
from sse_pipeline import Component, SSEHandler
from sse_pipeline.routing import application as streams


def ask(request: HttpRequest) -> JsonResponse:
    """Open an answer; a worker writes its text."""
    handler = SSEHandler(components=[Component("text", attempts=2, claim_within=30.0)])
    handler.register_component("sources", claim=False)
    handler.finalize("save", save)
    write_text.delay(handler.stream_id, ["Hello ", "world"])
    return JsonResponse({"stream": handler.stream_id})


def find(request: HttpRequest, stream_id: str) -> JsonResponse:
    """Send the sources of an answer that another process has opened."""
    with SSEHandler.attach(stream_id).component("sources") as sources:
        sources.send("citation", title="A page", url="https://a.example/")
    return JsonResponse({})


urlpatterns = [path("ask/", ask), path("find/<stream_id>/", find)]
application = streams(opentelemetry(get_asgi_application()))
