"""Faults of the `SSE_PIPELINE` setting that would keep streams from working."""

import importlib.util
import sys
from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.conf import settings as django_settings
from django.core import checks
from django.core.checks import CheckMessage, register
from django.core.exceptions import ImproperlyConfigured
from django.db import connections, router
from django.utils.module_loading import import_string

from .. import archive, conf, journal, stores
from ..access import authorizer, sessions
from ..exceptions import StoreUnavailable
from ..models import Stream

#: The module that a site imports to mount the routes.
_ROUTING = "sse_pipeline.routing"


@register("sse_pipeline")
def check_settings(**_: Any) -> list[CheckMessage]:
    """Check the `SSE_PIPELINE` setting, and the store, archive and callable that it names."""
    try:
        stores.current()
        archive.current()
        authorizer.current()
        if conf.get().METRICS:
            _check_extra("METRICS", "metrics", "prometheus_client")
        if conf.get().TRACES:
            _check_extra("TRACES", "otel", "opentelemetry")
    except (ImproperlyConfigured, StoreUnavailable) as error:
        return [checks.Error(str(error), id="sse_pipeline.E001")]
    return []


@register("sse_pipeline")
def check_authorize(**_: Any) -> list[CheckMessage]:
    """Check that `AUTHORIZE` hears what a sender asks for."""
    try:
        authorize = authorizer.current()
    except ImproperlyConfigured:  # E001 says so
        return []
    if authorize is None or authorize.takes_action:
        return []
    return [
        checks.Info(
            "SSE_PIPELINE['AUTHORIZE'] takes two arguments: it is asked about reading alone, and"
            " grants no cancel.",
            hint="Let it take (scope, stream, action).",
            id="sse_pipeline.I002",
        )
    ]


@register("sse_pipeline")
def check_server(**_: Any) -> list[CheckMessage]:
    """Check that the site is served over ASGI."""
    if path := getattr(django_settings, "ASGI_APPLICATION", None):
        return [*_unrouted(path), *_without_daphne()]
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


@register("sse_pipeline")
def check_journal(**_: Any) -> list[CheckMessage]:
    """Check that the database can keep the journal."""
    alias = router.db_for_write(Stream)
    if not _is_journaled() or journal.is_supported(connections[alias]):
        return []
    return [
        checks.Warning(
            f"The journal can't be kept in the database {alias!r}"
            f" ({connections[alias].display_name}): it is tried in vain.",
            hint="Route the models of sse_pipeline to PostgreSQL, MariaDB, MySQL or SQLite, or set"
            " SSE_PIPELINE['JOURNAL'] = False.",
            id="sse_pipeline.W010",
        )
    ]


def _is_journaled() -> bool:
    try:
        return conf.get().JOURNAL
    except ImproperlyConfigured:  # E001 says so
        return False


def _unrouted(path: str) -> Iterator[CheckMessage]:
    """Check that the application of the site has the routes of the streams."""
    try:
        import_string(path)
    except Exception as error:  # noqa: BLE001 - the module is the site's, and may raise anything
        # No error: Django runs no command, `migrate` neither, while there is one.
        yield checks.Warning(
            f"ASGI_APPLICATION = {path!r} can't be imported: {error}", id="sse_pipeline.W013"
        )
        return
    if _ROUTING not in sys.modules:  # nothing else of the library imports it
        yield checks.Warning(
            f"ASGI_APPLICATION = {path!r} does not use sse_pipeline.routing: no client can read a"
            " stream, except by views of the site.",
            hint="application = sse_pipeline.routing.application(get_asgi_application())",
            id="sse_pipeline.W011",
        )


def _without_daphne() -> Iterator[CheckMessage]:
    """Check that the development server serves ASGI: Django's own serves WSGI."""
    if django_settings.DEBUG and not apps.is_installed("daphne"):
        yield checks.Warning(
            "INSTALLED_APPS has no 'daphne': manage.py runserver serves WSGI, and the routes of the"
            " streams are not there.",
            hint="Put 'daphne' first, or run an ASGI server for development, too.",
            id="sse_pipeline.W012",
        )


def _check_extra(setting: str, extra: str, package: str) -> None:
    if importlib.util.find_spec(package) is None:
        raise ImproperlyConfigured(
            f"SSE_PIPELINE[{setting!r}] needs {package}: install django-sse-pipeline[{extra}]"
        )
