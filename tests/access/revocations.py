"""Readers with a right, and how each right is taken away."""

import datetime as dt
import threading
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, NamedTuple
from unittest import mock
from uuid import UUID

from django.contrib.auth.models import Permission, User
from django.contrib.sessions.models import Session
from django.core import signing
from django.http import HttpRequest, HttpResponseBase
from django.test import Client
from django.urls import path

from harness.site_client import path_of
from project.asgi import application
from sse_pipeline import SSEHandler
from sse_pipeline.testing import SSECommunicator

HEARTBEAT = 0.05
#: For what must come, in seconds.
PATIENCE = 30
ROUTES = ("consumer", "asynchronous", "synchronous")

Configure = Callable[..., None]

#: The answers of `AUTHORIZE`, in the order in which it is asked; the last one is repeated.
answers: list[Any] = []
#: How often it was asked.
asked: list[Any] = []
#: The streams about which it is asked in vain: it waits for the event.
hanging: dict[str, threading.Event] = {}


def authorize(scope: dict[str, Any], stream: Any) -> Any:
    asked.append(stream)
    if stream.stream_id in hanging:
        hanging[stream.stream_id].wait()
    answer = answers.pop(0) if len(answers) > 1 else answers[0]
    if isinstance(answer, Exception):
        raise answer
    return answer() if callable(answer) else answer


async def authorize_later(scope: dict[str, Any], stream: Any) -> Any:
    return authorize(scope, stream)


def by_permission(scope: dict[str, Any], stream: Any) -> bool:
    return bool(scope["user"].has_perm("sse_pipeline.view_frames"))


def by_token(scope: dict[str, Any], stream: Any) -> bool:
    token = dict(scope["headers"]).get(b"x-token") if "headers" in scope else b""
    try:
        return bool(signing.loads((token or b"").decode(), max_age=60))
    except signing.BadSignature:
        return False


async def asynchronous(request: HttpRequest, stream_id: UUID) -> HttpResponseBase:
    return await (await SSEHandler.aattach(stream_id)).aresponse(request)


def synchronous(request: HttpRequest, stream_id: UUID) -> HttpResponseBase:
    return SSEHandler.attach(stream_id).response(request)


urlpatterns = [
    path("asynchronous/<uuid:stream_id>/", asynchronous),
    path("synchronous/<uuid:stream_id>/", synchronous),
]


class Reader(NamedTuple):
    """A reader of a stream: its request, the owner of the stream, and how to take its right."""

    owner: str
    headers: dict[str, str]
    revoke: Callable[[], Any]
    authorize: str | None = None


def _login() -> tuple[User, Client, dict[str, str]]:
    user, client = User.objects.create(username="ann"), Client()
    client.force_login(user)
    return user, client, {"cookie": f"sessionid={client.cookies['sessionid'].value}"}


def logout() -> Reader:
    user, client, cookie = _login()
    return Reader(f"user:{user.pk}", cookie, client.logout)


def expired_session() -> Reader:
    user, _, cookie = _login()
    past = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    return Reader(f"user:{user.pk}", cookie, lambda: Session.objects.update(expire_date=past))


def password_change() -> Reader:
    user, _, cookie = _login()

    def change() -> None:
        user.set_password("another")
        user.save()

    return Reader(f"user:{user.pk}", cookie, change)


def deactivation() -> Reader:
    user, _, cookie = _login()
    return Reader(f"user:{user.pk}", cookie, lambda: User.objects.update(is_active=False))


def deletion() -> Reader:
    user, _, cookie = _login()
    return Reader(f"user:{user.pk}", cookie, user.delete)


def permission() -> Reader:
    user, _, cookie = _login()
    user.user_permissions.add(Permission.objects.get(codename="view_frames"))
    return Reader("user:999", cookie, user.user_permissions.clear, "by_permission")


def let_time_pass() -> None:
    """Let each token be a minute older."""
    later = SimpleNamespace(time=lambda: time.time() + 61)
    mock.patch("django.core.signing.time", later).start()


def expired_token() -> Reader:
    return Reader("user:999", {"x-token": signing.dumps("ann")}, let_time_pass, "by_token")


def refuse() -> None:
    answers[:] = [False]


def no_more() -> Reader:
    answers[:] = [True]
    return Reader("user:999", {}, refuse, "authorize")


def no_more_later() -> Reader:
    answers[:] = [True]
    return Reader("user:999", {}, refuse, "authorize_later")


REVOCATIONS: tuple[Callable[[], Reader], ...] = (
    logout, deactivation, permission, expired_token, no_more,
    expired_session, password_change, deletion,
)  # fmt: skip


def settings_for(reader: Reader) -> dict[str, str]:
    if reader.authorize is None:
        return {}
    return {"AUTHORIZE": f"tests.access.revocations.{reader.authorize}"}


def client_of(handler: SSEHandler, headers: dict[str, str], route: str) -> SSECommunicator:
    path = path_of("events", handler.stream_id) if route == "consumer" else (
        f"/{route}/{handler.stream_id}/"
    )  # fmt: skip
    named = {"host": "localhost", **headers}
    wire = [(name.encode(), value.encode()) for name, value in named.items()]
    return SSECommunicator(application, path, headers=wire)


async def opened(owner: str | None) -> SSEHandler:
    handler = SSEHandler(owner=owner, components=["text"])
    await handler.aopen()
    return handler
