"""A stream as many people write it: an asynchronous generator, and a queue for each client."""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator

from django.core.asgi import get_asgi_application
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    JsonResponse,
    StreamingHttpResponse,
)
from django.urls import path

from harness.faults.meter import Meter
from harness.faults.scenarios import produce

clients: dict[str, list[asyncio.Queue[str]]] = {}
tasks: set[asyncio.Task[None]] = set()


async def open_stream(request: HttpRequest, scenario: str) -> JsonResponse:
    stream = str(uuid.uuid4())
    clients[stream] = []
    return JsonResponse({"stream": stream})


async def begin(request: HttpRequest, scenario: str, stream: str) -> JsonResponse:
    task = asyncio.create_task(run(scenario, stream))
    tasks.add(task)
    task.add_done_callback(tasks.discard)
    return JsonResponse({})


async def run(scenario: str, stream: str) -> None:
    async for event, data in produce(scenario):
        for queue in clients[stream]:
            await queue.put(f"event: {event}\ndata: {json.dumps(data)}\n\n")


async def events(request: HttpRequest, stream: str) -> HttpResponseBase:
    if stream not in clients:
        return HttpResponse(status=404)
    queue: asyncio.Queue[str] = asyncio.Queue()
    clients[stream].append(queue)

    async def body() -> AsyncIterator[str]:
        yield "retry: 100\n\n"
        try:
            while True:
                yield await queue.get()
        finally:
            clients[stream].remove(queue)

    return StreamingHttpResponse(body(), content_type="text/event-stream")


urlpatterns = [
    path("open/<scenario>/", open_stream),
    path("begin/<scenario>/<stream>/", begin),
    path("events/<stream>/", events),
]
application = Meter(get_asgi_application())
