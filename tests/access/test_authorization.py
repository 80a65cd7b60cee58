"""The senders that may read a stream."""

import asyncio
import threading
from collections.abc import Callable, Generator
from typing import Any

import pytest
from channels.db import database_sync_to_async
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends import cache
from django.core.exceptions import ImproperlyConfigured
from django.test import AsyncRequestFactory

from harness.django_requests import ANN, NOBODY, OWNED, asked
from harness.threads import occupied_database_thread
from sse_pipeline.access import authorization, owners
from sse_pipeline.lifecycle.snapshot import Snapshot

# Admission


def admit(scope: dict[str, Any], stream: Snapshot) -> bool:
    return scope["type"] == "http" and stream is OWNED and "user" in scope and "session" in scope


async def admit_later(scope: dict[str, Any], stream: Snapshot) -> bool:
    return admit(scope, stream)


def reject(scope: dict[str, Any], stream: Snapshot) -> bool:
    return False


async def reject_later(scope: dict[str, Any], stream: Snapshot) -> bool:
    return False


def reject_by_another(scope: dict[str, Any], stream: Snapshot) -> Any:
    return reject_later(scope, stream)


class Rejection:
    def __await__(self) -> Generator[None, None, bool]:
        yield from ()
        return False


def reject_by_promise(scope: dict[str, Any], stream: Snapshot) -> Any:
    return Rejection()


class RejectLater:
    async def __call__(self, scope: dict[str, Any], stream: Snapshot) -> bool:
        return False


def reject_with_nothing(scope: dict[str, Any], stream: Snapshot) -> None:
    pass


def fail(scope: dict[str, Any], stream: Snapshot) -> bool:
    raise ZeroDivisionError


reject_by_instance = RejectLater()
no_function = "admit"


@pytest.fixture
def authorize(settings: Any) -> Callable[[str | None], None]:
    def name(function: str | None) -> None:
        settings.SSE_PIPELINE = {"AUTHORIZE": function and f"{__name__}.{function}"}

    return name


@pytest.mark.parametrize(
    ("function", "admitted"),
    [
        (None, False),
        ("admit", True),
        ("admit_later", True),
        ("reject", False),
        ("reject_later", False),
        ("reject_by_another", False),
        ("reject_by_promise", False),
        ("reject_by_instance", False),
        ("reject_with_nothing", False),
    ],
)
async def test_the_setting_decides_on_others(
    authorize: Callable[[str | None], None], function: str | None, admitted: bool
) -> None:
    authorize(function)
    request = AsyncRequestFactory().get("/")
    assert await authorization.aadmits(request, OWNED) is admitted


@pytest.mark.parametrize(
    ("function", "admitted"),
    [(None, False), ("admit", True), ("reject", False), ("reject_with_nothing", False)],
)
def test_the_setting_decides_under_wsgi(
    authorize: Callable[[str | None], None], function: str | None, admitted: bool
) -> None:
    authorize(function)
    assert authorization.admits(asked(), OWNED) is admitted


@pytest.mark.parametrize(
    "function",
    [
        "admit_later",
        "reject_later",
        "reject_by_another",
        "reject_by_promise",
        "reject_by_instance",
    ],
)
def test_an_asynchronous_setting_admits_nobody_under_wsgi(
    authorize: Callable[[str | None], None], function: str
) -> None:
    authorize(function)
    with pytest.raises(ImproperlyConfigured, match="AUTHORIZE.*asynchronous"):
        authorization.admits(asked(), OWNED)


@pytest.mark.parametrize("function", ["nowhere", "no_function", "no_module.at_all"])
async def test_a_setting_that_is_no_function_admits_nobody(
    authorize: Callable[[str | None], None], function: str
) -> None:
    authorize(function)
    with pytest.raises(ImproperlyConfigured, match="AUTHORIZE"):
        authorization.admits(asked(), OWNED)
    with pytest.raises(ImproperlyConfigured, match="AUTHORIZE"):
        await authorization.aadmits(asked(), OWNED)


async def test_a_setting_that_fails_admits_nobody(
    authorize: Callable[[str | None], None],
) -> None:
    authorize("fail")
    with pytest.raises(ZeroDivisionError):
        authorization.admits(asked(), OWNED)
    with pytest.raises(ZeroDivisionError):
        await authorization.aadmits(asked(), OWNED)


@pytest.mark.parametrize(
    ("stream", "user", "admitted"),
    [
        (Snapshot("1"), NOBODY, True),
        (Snapshot("1"), ANN, True),
        (OWNED, ANN, True),
        (OWNED, NOBODY, False),
        (Snapshot("1", owner="user:8"), ANN, False),
        (Snapshot("1", owner=""), NOBODY, False),
    ],
)
async def test_the_owner_is_admitted_without_the_setting(
    authorize: Callable[[str | None], None], stream: Snapshot, user: Any, admitted: bool
) -> None:
    request = asked(user=user, session=cache.SessionStore())
    assert authorization.admits(request, stream) is admitted
    assert await authorization.aadmits(request, stream) is admitted
    authorize("fail")
    if admitted:
        assert authorization.admits(request, stream)
        assert await authorization.aadmits(request, stream)


async def test_no_thread_is_asked_about_a_stranger(
    authorize: Callable[[str | None], None],
) -> None:
    authorize("admit_later")
    async with occupied_database_thread(), asyncio.timeout(30):
        assert await owners.aopener_of(asked()) is None
        assert await authorization.aadmits(AsyncRequestFactory().get("/"), OWNED)


async def test_a_sender_with_a_cookie_is_looked_up_in_the_thread_of_the_database() -> None:
    threads: set[int] = set()

    class Noting(AnonymousUser):
        @property
        def is_authenticated(self) -> Any:
            threads.add(threading.get_ident())
            return False

    await owners.aopener_of(asked("any", user=Noting()))
    assert threads == {await database_sync_to_async(threading.get_ident)()}
