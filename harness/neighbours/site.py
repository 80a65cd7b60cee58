"""The views of the site. Each stream waits for its release, so that a buffered reply hangs."""

import threading
from typing import Any
from uuid import UUID

from django.core.asgi import get_asgi_application

django_application = get_asgi_application()

from django.conf import settings
from django.conf.urls.i18n import i18n_patterns
from django.core.management import call_command
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.urls import URLPattern, URLResolver, include, path

from harness.neighbours.settings import NEIGHBOUR
from sse_pipeline import SSEHandler, models
from sse_pipeline.routing import application as streams

_released = threading.Event()


def start(request: HttpRequest) -> JsonResponse:
    """Open a stream of the session; its second frame waits for the release."""
    handler = SSEHandler(owner=request, components=["text"])
    handler.send("text", chunk="one")
    threading.Thread(target=_produce, args=[handler], daemon=True).start()
    return JsonResponse({"stream": handler.stream_id})


def _produce(handler: SSEHandler) -> None:
    with handler.component("text") as text:
        _released.wait()
        text.send("text", chunk="two")


def release(request: HttpRequest) -> JsonResponse:
    _released.set()
    return JsonResponse({})


def rows(request: HttpRequest) -> JsonResponse:
    """Count the streams in the journal of each database."""
    return JsonResponse(
        {alias: models.Stream.objects.using(alias).count() for alias in settings.DATABASES}
    )


def synchronous_view(request: HttpRequest, stream_id: UUID) -> HttpResponseBase:
    return SSEHandler.attach(stream_id).response(request)


async def asynchronous_view(request: HttpRequest, stream_id: UUID) -> HttpResponseBase:
    return await (await SSEHandler.aattach(stream_id)).aresponse(request)


urlpatterns: list[URLPattern | URLResolver] = [
    path("start/", start),
    path("release/", release),
    path("rows/", rows),
    path("synchronous/<uuid:stream_id>/", synchronous_view),
    path("asynchronous/<uuid:stream_id>/", asynchronous_view),
    *i18n_patterns(path("translated/<uuid:stream_id>/", asynchronous_view)),
]
if NEIGHBOUR == "allauth":
    urlpatterns.append(path("accounts/", include("allauth.urls")))
if NEIGHBOUR == "debug toolbar":
    from debug_toolbar.toolbar import debug_toolbar_urls

    urlpatterns += debug_toolbar_urls()
if NEIGHBOUR == "opentelemetry":
    from opentelemetry.instrumentation.django import DjangoInstrumentor

    DjangoInstrumentor().instrument()

for alias in settings.DATABASES:
    call_command("migrate", database=alias, verbosity=0)
call_command("collectstatic", interactive=False, verbosity=0)
application: Any = streams(django_application)
