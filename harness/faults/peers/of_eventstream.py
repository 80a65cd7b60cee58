"""django-eventstream: events are kept in Redis, and published to every process."""

import asyncio
import threading
import uuid

import django_eventstream
from django.core.asgi import get_asgi_application
from django.http import HttpRequest, JsonResponse
from django.urls import include, path
from django_eventstream import send_event

from harness.faults.meter import Meter
from harness.faults.scenarios import produce


def open_stream(request: HttpRequest, scenario: str) -> JsonResponse:
    return JsonResponse({"stream": uuid.uuid4().hex})


def begin(request: HttpRequest, scenario: str, stream: str) -> JsonResponse:
    threading.Thread(target=lambda: asyncio.run(run(scenario, stream)), daemon=True).start()
    return JsonResponse({})


async def run(scenario: str, stream: str) -> None:
    async for event, data in produce(scenario):
        await asyncio.to_thread(send_event, stream, event, data)


urlpatterns = [
    path("open/<scenario>/", open_stream),
    path("begin/<scenario>/<stream>/", begin),
    path(
        "events/<channel>/",
        include(django_eventstream.urls),
        {"format-channels": ["{channel}"]},
    ),
]
application = Meter(get_asgi_application())
