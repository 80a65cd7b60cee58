"""The library's routes, and the application that mounts them beside a site's own."""

from collections.abc import Sequence
from typing import Any

from channels.routing import ProtocolTypeRouter, URLRouter
from django.urls import URLPattern, path, re_path

from .consumers import CancelConsumer, EventsConsumer, StatusConsumer
from .shutdown import lifespan
from .transport import ASGIApplication, WithTransport
from .watch import InspectConsumer

urlpatterns = [
    path("streams/<uuid:stream_id>/events/", EventsConsumer.as_asgi(), name="stream-events"),
    path("streams/<uuid:stream_id>/", StatusConsumer.as_asgi(), name="stream-status"),
    path("streams/<uuid:stream_id>/cancel/", CancelConsumer.as_asgi(), name="stream-cancel"),
    path("streams/<uuid:stream_id>/inspect/", InspectConsumer.as_asgi(), name="stream-inspect"),
]


def application(
    site: ASGIApplication, routes: Sequence[Any] = (), **protocols: ASGIApplication
) -> ASGIApplication:
    """Return an ASGI application of the streams, a site's own `routes`, and its Django application.

    `protocols` are further ones of `ProtocolTypeRouter`, such as `websocket`.
    """
    patterns: list[URLPattern] = [*urlpatterns, *routes, re_path(r"", site)]  # type: ignore[arg-type]
    http = URLRouter(patterns)
    return WithTransport(ProtocolTypeRouter({"http": http, "lifespan": lifespan, **protocols}))
