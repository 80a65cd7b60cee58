"""Faults of a deployment that would cut, delay or divide streams: `manage.py check --deploy`."""

import os
import re
import shlex
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from django.conf import settings as django_settings
from django.core.checks import CheckMessage, Info, Warning, register  # noqa: A004
from django.core.exceptions import ImproperlyConfigured

from .. import conf, stores

#: Seconds of silence after which most proxies cut a response, unless they are configured.
PROXY_TIMEOUT = 60.0
#: Environment variables with the number of workers, and with further options of a server.
_WORKERS = ("WEB_CONCURRENCY", "UVICORN_WORKERS", "GRANIAN_WORKERS")
_OPTIONS = ("GUNICORN_CMD_ARGS", "DAPHNE_ARGS", "SERVER_ARGS")
_COMPRESSION = re.compile("gzip|brotli|compress", re.IGNORECASE)
#: Options with a number of seconds, after which a server ends a response.
_TIMEOUTS = ("--http-timeout", "--timeout", "-t")
#: The two ways out of the memory of one process.
_SHARED = (
    "Streams that processes share are kept in the site's own database (add"
    " 'sse_pipeline.stores.database' to INSTALLED_APPS, and set SSE_PIPELINE['STORE'] ="
    " 'database'), or in Redis (its URL)."
)
#: The settings by which task queues are known, beside Django's own.
_QUEUES = ("CELERY_BROKER_URL", "RQ_QUEUES", "Q_CLUSTER", "HUEY", "DRAMATIQ_BROKER")
#: The back-ends of Django's tasks that run a task in the process that asks for it.
_IMMEDIATE = ("ImmediateBackend", "DummyBackend")


@register("sse_pipeline", deploy=True)
def check_workers(**_: Any) -> list[CheckMessage]:
    """Check that several workers do not keep streams in the memory of each."""
    count = max([*_numbers(), 1])
    if count == 1 or _is_shared():
        return []
    return [
        Warning(
            f"SSE_PIPELINE['STORE'] keeps streams in the memory of one process, and the server"
            f" runs {count}: most readers will get 404.",
            hint=f"Run one worker. {_SHARED}",
            id="sse_pipeline.W002",
        )
    ]


@register("sse_pipeline", deploy=True)
def check_tasks(**_: Any) -> list[CheckMessage]:
    """Check that a task queue does not work for streams in the memory of the web process."""
    queues = [*_queues()]
    if not queues or _is_shared():
        return []
    return [
        Warning(
            f"SSE_PIPELINE['STORE'] keeps streams in the memory of one process, and the site has a"
            f" task queue ({queues[0]}): its workers can't send to them.",
            hint=_SHARED,
            id="sse_pipeline.W014",
        )
    ]


@register("sse_pipeline", deploy=True)
def check_gzip(**_: Any) -> list[CheckMessage]:
    """Check that no middleware compresses streams."""
    found = [path for path in django_settings.MIDDLEWARE if _COMPRESSION.search(path)]
    return [
        Warning(
            f"{path} compresses responses: a stream of a view that it does not skip arrives in"
            " large pieces, or only at its end.",
            hint="The library's routes and SSEHandler.response() send Content-Encoding: identity,"
            " which Django's own GZipMiddleware leaves alone; make sure that others do, too.",
            id="sse_pipeline.W003",
        )
        for path in found
    ]


@register("sse_pipeline", deploy=True)
def check_hosts(**_: Any) -> list[CheckMessage]:
    """Check the hosts and origins. Requests for streams are refused without them."""
    return [*_hosts(), *_origins()]


def _hosts() -> Iterator[CheckMessage]:
    if not django_settings.ALLOWED_HOSTS:
        yield Warning(
            "ALLOWED_HOSTS is empty: without DEBUG every request for a stream is answered 400.",
            hint="Name the hosts of the site.",
            id="sse_pipeline.W004",
        )


def _origins() -> Iterator[CheckMessage]:
    try:
        allowed = conf.get().ALLOWED_ORIGINS
    except ImproperlyConfigured:  # E001 says so
        return
    if "*" in allowed:
        yield Warning(
            "SSE_PIPELINE['ALLOWED_ORIGINS'] has '*': pages of every site may read streams"
            " without an owner.",
            hint="Name the origins, such as 'https://example.com'.",
            id="sse_pipeline.W005",
        )
    secure = django_settings.SECURE_SSL_REDIRECT or django_settings.SESSION_COOKIE_SECURE
    known = django_settings.SECURE_PROXY_SSL_HEADER or django_settings.CSRF_TRUSTED_ORIGINS
    if secure and not known and not allowed:
        yield Warning(
            "The site is served by https, and no setting says how a request shows that: behind a"
            " proxy that ends TLS the site's own pages count as foreign, and get 403.",
            hint="Set SECURE_PROXY_SSL_HEADER, or name the site's origin in CSRF_TRUSTED_ORIGINS.",
            id="sse_pipeline.W006",
        )


@register("sse_pipeline", deploy=True)
def check_proxy(**_: Any) -> list[CheckMessage]:
    """Check that a proxy does not hold back a stream, cut a silent one, or count as one reader."""
    return [*_buffering(), *_silence(), *_addresses()]


def _is_behind_proxy() -> bool:
    return bool(django_settings.USE_X_FORWARDED_HOST or django_settings.SECURE_PROXY_SSL_HEADER)


def _buffering() -> Iterator[CheckMessage]:
    if _is_behind_proxy():
        yield Info(
            "The site is behind a proxy, which may hold streams back.",
            hint="nginx obeys the header X-Accel-Buffering: no of streams, unless"
            " proxy_ignore_headers names it. For other proxies switch buffering and compression"
            " off for text/event-stream.",
            id="sse_pipeline.I001",
        )


def _silence() -> Iterator[CheckMessage]:
    try:
        heartbeat = conf.get().HEARTBEAT
    except ImproperlyConfigured:
        return
    if heartbeat >= PROXY_TIMEOUT:
        yield Warning(
            f"SSE_PIPELINE['HEARTBEAT'] = {heartbeat:g}: most proxies cut a response that is"
            f" silent for {PROXY_TIMEOUT:g} s.",
            hint="Keep it well below the proxy's read timeout: 15 is the default.",
            id="sse_pipeline.W007",
        )


def _addresses() -> Iterator[CheckMessage]:
    try:
        chosen = conf.get()
    except ImproperlyConfigured:
        return
    bound = chosen.ADDRESS_READERS
    if bound is not None and not chosen.PROXIES and _is_behind_proxy():
        yield Info(
            f"The site is behind a proxy, and SSE_PIPELINE['PROXIES'] is 0: unless the server takes"
            f" the address of a client from the proxy's header, all readers share one, and"
            f" ADDRESS_READERS = {bound} bounds them together.",
            hint="Set PROXIES to the number of proxies, or start the server with its option for it"
            " (daphne and uvicorn: --proxy-headers).",
            id="sse_pipeline.I003",
        )


@register("sse_pipeline", deploy=True)
def check_timeouts(**_: Any) -> list[CheckMessage]:
    """Check that the server does not end long streams."""
    words = [word for words in map(_words, _OPTIONS) for word in words]
    pairs = [*pairwise(words), *(tuple(word.split("=", 1)) for word in words if "=" in word)]
    found = [
        f"{pair[0]} {pair[1]}"
        for pair in pairs
        if pair[0] in _TIMEOUTS and pair[1].isdecimal() and int(pair[1]) > 0
    ]
    return [
        Warning(
            f"The server has the option {option}: a stream that goes on for longer may be cut.",
            hint="Leave daphne's --http-timeout unset; give gunicorn's workers --timeout 0, or more"
            " than SSE_PIPELINE['DEADLINE'].",
            id="sse_pipeline.W008",
        )
        for option in found
    ]


def _queues() -> Iterator[str]:
    """Yield the settings of task queues whose workers are other processes."""
    for name, options in (getattr(django_settings, "TASKS", None) or {}).items():
        if not str(options.get("BACKEND", "")).endswith(_IMMEDIATE):
            yield f"TASKS[{name!r}]"
    for name in _QUEUES:
        if getattr(django_settings, name, None):
            yield name


def _numbers() -> Iterator[int]:
    for name in _WORKERS:
        if (value := os.environ.get(name, "")).isdecimal():
            yield int(value)
    for name in _OPTIONS:
        for option, value in pairwise([*_words(name), ""]):
            _, _, joined = option.partition("=")
            given = joined or value
            if option.split("=")[0] in {"-w", "--workers"} and given.isdecimal():
                yield int(given)


def _words(name: str) -> list[str]:
    try:
        return shlex.split(os.environ.get(name, ""))
    except ValueError:
        return []


def _is_shared() -> bool:
    try:
        return stores.current().shared
    except ImproperlyConfigured:
        return True
