"""The routes of the library, and the application that mounts them beside those of a site."""

from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from typing import Any

from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.exceptions import ImproperlyConfigured
from django.urls import URLPattern, path, re_path

from . import conf
from .consumers import CancelConsumer, EventsConsumer, KeyConsumer, StatusConsumer, StopConsumer
from .http.abort import AbortMiddleware
from .http.asgi import ASGIApplication
from .http.shutdown import lifespan
from .inspection.watch import InspectConsumer

urlpatterns = [
    path("streams/by-key/<path:key>/", KeyConsumer.as_asgi(), name="stream-by-key"),
    path("streams/<uuid:stream_id>/events/", EventsConsumer.as_asgi(), name="stream-events"),
    path("streams/<uuid:stream_id>/", StatusConsumer.as_asgi(), name="stream-status"),
    path("streams/<uuid:stream_id>/cancel/", CancelConsumer.as_asgi(), name="stream-cancel"),
    path("streams/<uuid:stream_id>/stop/", StopConsumer.as_asgi(), name="stream-stop"),
    path("streams/<uuid:stream_id>/inspect/", InspectConsumer.as_asgi(), name="stream-inspect"),
]


def application(
    site: ASGIApplication, routes: Sequence[Any] = (), **protocols: ASGIApplication
) -> ASGIApplication:
    """Return one ASGI application: the streams, the `routes` of a site, and its Django application.

    `protocols` are further protocols of `ProtocolTypeRouter`, such as `websocket`. The voices of
    `SPEECH_WARM` are made ready.
    """
    _warm_voices()
    patterns: list[URLPattern] = [*urlpatterns, *routes, re_path(r"", site)]  # type: ignore[arg-type]
    http = URLRouter(patterns)
    return AbortMiddleware(ProtocolTypeRouter({"http": http, "lifespan": lifespan, **protocols}))


def _warm_voices() -> None:
    """Make the voices of the settings ready. Errors are left to the system checks."""
    with suppress(ImproperlyConfigured):
        if conf.get().SPEECH_WARM:
            # Not at the top: most sites have no speech, and need not install it.
            import_module("sse_pipeline.answers").warm_voices()
