"""Faults of the `SSE_PIPELINE` setting that would keep streams from working."""

import importlib.util
from typing import Any

from django.conf import settings as django_settings
from django.core import checks
from django.core.checks import CheckMessage, register
from django.core.exceptions import ImproperlyConfigured

from .. import conf, stores
from ..access import sessions
from ..access.authorization import authorizer


@register("sse_pipeline")
def check_settings(**_: Any) -> list[CheckMessage]:
    """Check the `SSE_PIPELINE` setting, the store and the callable that it names."""
    try:
        stores.current()
        authorizer()
        if conf.get().METRICS:
            _check_metrics()
    except ImproperlyConfigured as error:
        return [checks.Error(str(error), id="sse_pipeline.E001")]
    return []


@register("sse_pipeline")
def check_server(**_: Any) -> list[CheckMessage]:
    """Check that the site is served over ASGI."""
    if getattr(django_settings, "ASGI_APPLICATION", None):
        return []
    return [
        checks.Warning(
            "ASGI_APPLICATION is not set: under WSGI each reader of a stream takes a thread.",
            hint="Serve the site with an ASGI server, such as Daphne, and set ASGI_APPLICATION.",
            id="sse_pipeline.W001",
        )
    ]


@register("sse_pipeline")
def check_sessions(**_: Any) -> list[CheckMessage]:
    """Check that `SESSION_ENGINE` names an engine: else no stream has a session for its owner."""
    try:
        sessions.import_engine()
    except ImproperlyConfigured as error:
        return [checks.Error(str(error), id="sse_pipeline.E002")]
    return []


def _check_metrics() -> None:
    if importlib.util.find_spec("prometheus_client") is None:
        raise ImproperlyConfigured(
            "SSE_PIPELINE['METRICS'] needs prometheus_client: install django-sse-pipeline[metrics]"
        )
