"""CSRF: rights that a browser sends by itself need a token, however the site has found them."""

from io import BytesIO
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.core.handlers.asgi import ASGIRequest

from harness.site_client import TOKEN
from harness.wire import Wire
from sse_pipeline import SSEHandler
from sse_pipeline.access import origins
from sse_pipeline.consumers import CancelConsumer

ANN = SimpleNamespace(is_authenticated=True, pk=7)
CSRF = {"Cookie": f"csrftoken={TOKEN}", "X-CSRFToken": TOKEN}


def posted(headers: dict[str, str], **scope: Any) -> ASGIRequest:
    named = {"Host": "localhost", **headers}
    wire = [(name.lower().encode(), value.encode()) for name, value in named.items()]
    base = {"type": "http", "method": "POST", "path": "/", "query_string": b"", "headers": wire}
    return ASGIRequest({**base, **scope}, BytesIO())


@pytest.mark.parametrize(
    ("scope", "headers", "passed"),
    [
        ({}, {}, True),
        ({"user": AnonymousUser(), "session": {}}, {}, True),
        ({"user": None}, {}, True),
        # Found by any middleware: a cookie of its own, a certificate, an address.
        ({"user": ANN}, {}, False),
        ({"user": ANN}, {"Cookie": "mine=1"}, False),
        ({"user": {"id": 7}}, {}, False),
        ({"user": SimpleNamespace(id=7)}, {}, False),
        ({"session": {"_sse_pipeline": "secret"}}, {}, False),
        ({"user": ANN}, CSRF, True),
        ({"user": ANN}, {**CSRF, "X-CSRFToken": "b" * 32}, False),
        ({"user": ANN}, {**CSRF, "Origin": "https://x.example"}, False),
        # What a browser sends by itself, and what it does not.
        ({"user": ANN}, {"Authorization": "Basic YTpi"}, False),
        ({"user": ANN}, {"Authorization": "NEGOTIATE abc"}, False),
        ({"user": ANN}, {"Authorization": "Digest username=a"}, False),
        ({"user": ANN}, {"Authorization": ""}, False),
        ({"user": ANN}, {"Authorization": "Bearer abc"}, True),
        ({"user": ANN}, {"Authorization": "Token abc"}, True),
        ({"user": ANN}, {"Authorization": "Bearer abc", "Cookie": "sessionid=1"}, False),
    ],
)
async def test_a_user_of_the_scope(
    scope: dict[str, Any], headers: dict[str, str], passed: bool
) -> None:
    assert origins.csrf_passed(posted(headers, **scope)) is passed
    assert await origins.acsrf_passed(posted(headers, **scope)) is passed


async def cancelled(owner: str | None, headers: dict[str, str], **scope: Any) -> int:
    handler = SSEHandler(owner=owner, components=["a"])
    await handler.aopen()
    route = {"kwargs": {"stream_id": handler.stream_id}}
    wire = Wire("POST", headers=headers, url_route=route, **scope)
    await wire.run(CancelConsumer.as_asgi())
    assert (await handler.asnapshot()).cancelled is (wire.status == 202)
    return wire.status


async def test_another_site_can_not_cancel_for_a_user_of_the_scope() -> None:
    assert await cancelled("user:7", {}, user=ANN) == 403
    assert await cancelled("user:7", {"Authorization": "Basic YTpi"}, user=ANN) == 403
    assert await cancelled("user:7", CSRF, user=ANN) == 202
    assert await cancelled("user:7", {"Authorization": "Token a"}, user=ANN) == 202
    assert await cancelled(None, {}) == 202


def by_cookie(scope: dict[str, Any], stream: Any, action: str) -> bool:
    headers = dict(scope["headers"])
    return b"mine=1" in headers.get(b"cookie", b"") or b"authorization" in headers


async def test_a_right_that_the_site_finds_in_a_cookie_needs_a_token(settings: Any) -> None:
    settings.SSE_PIPELINE = {"AUTHORIZE": f"{__name__}.by_cookie"}
    mine = {"Cookie": "mine=1"}
    assert await cancelled("user:7", mine) == 403
    assert await cancelled("user:7", {"Authorization": "Basic YTpi"}) == 403
    assert await cancelled("user:7", {"Authorization": "Bearer a"}) == 202
    both = {"Cookie": f"mine=1; csrftoken={TOKEN}", "X-CSRFToken": TOKEN}
    assert await cancelled("user:7", both) == 202


@pytest.mark.usefixtures("database_of_loop")
async def test_a_user_that_the_middleware_loads_late() -> None:
    user = await User.objects.acreate(username="ann")
    assert await cancelled(f"user:{user.pk}", {}, user=user) == 403
