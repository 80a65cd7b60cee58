"""Requests of other origins, and requests with the cookie of a session."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest

from harness.site_client import (
    COMMON,
    FOREIGN,
    FRIEND,
    HELLO,
    OWN,
    TOKEN,
    check_refusal,
    ended,
    path_of,
    post,
    request,
)
from harness.threads import occupied_database_thread
from sse_pipeline import SSEHandler

# Origins


@pytest.mark.parametrize("origin", [OWN, FRIEND])
async def test_an_origin_that_may_post(settings: Any, origin: str) -> None:
    settings.SSE_PIPELINE = {"ALLOWED_ORIGINS": [FRIEND]}
    reply = await post(HELLO, origin=origin)
    assert reply.status == 201
    shared = reply.headers.get("access-control-allow-origin")
    assert shared == (FRIEND if origin == FRIEND else None)


@pytest.mark.parametrize("route", ["events", "status", "cancel", "answers"])
@pytest.mark.parametrize(
    ("origin", "status"), [(OWN, 204), (FRIEND, 204), (FOREIGN, 403), (None, 204)]
)
async def test_a_preflight(settings: Any, route: str, origin: str | None, status: int) -> None:
    settings.SSE_PIPELINE = {"ALLOWED_ORIGINS": [FRIEND]}
    path = "/answers/" if route == "answers" else path_of(route, str(uuid.uuid4()))
    headers = {"origin": origin} if origin else {}
    reply = await request("OPTIONS", path, b"", **headers)
    assert reply.status == status
    assert COMMON.items() <= reply.headers.items()
    granted = {name for name in reply.headers if name.startswith("access-control-")}
    if origin != FRIEND:
        assert granted == set()
        return
    assert reply.headers["access-control-allow-origin"] == FRIEND
    assert reply.headers["access-control-allow-credentials"] == "true"
    assert reply.headers["access-control-allow-methods"] == reply.headers["allow"]
    assert "Idempotency-Key" in reply.headers["access-control-allow-headers"]


async def test_another_origin_reads_the_headers_of_every_reply(settings: Any) -> None:
    settings.SSE_PIPELINE = {"ALLOWED_ORIGINS": [FRIEND]}
    path = path_of("events", (await ended()).stream_id)
    replies = [
        await request("GET", path, origin=FRIEND),
        await request("GET", path, origin=FRIEND, last_event_id="4"),
        await request("GET", path_of("events", str(uuid.uuid4())), origin=FRIEND),
        await request("POST", path, origin=FRIEND),
        await post({}, origin=FRIEND),
        await post(HELLO, origin=FRIEND),
    ]
    assert [reply.status for reply in replies] == [200, 204, 404, 405, 400, 201]
    for reply in replies:
        assert reply.headers["access-control-allow-origin"] == FRIEND
        assert reply.headers["vary"] == "Origin"
        assert "Location" in reply.headers["access-control-expose-headers"]


# Cookies


@pytest.mark.parametrize(
    ("cookie", "token", "status"),
    [
        ("", "", 201),
        (f"csrftoken={TOKEN}", "", 201),
        ("sessionid=stale", "", 403),
        (f"sessionid=stale; csrftoken={TOKEN}", "", 403),
        (f"sessionid=stale; csrftoken={TOKEN}", "b" * 32, 403),
        ("sessionid=stale", TOKEN, 403),
    ],
)
async def test_a_session_needs_its_token(cookie: str, token: str, status: int) -> None:
    reply = await post(HELLO, cookie=cookie, x_csrftoken=token)
    assert reply.status == status
    if status == 403:
        check_refusal(reply, 403, "X-CSRFToken")


@pytest.mark.django_db(transaction=True)
async def test_a_session_with_its_token_may_post() -> None:
    cookie = f"sessionid=stale; csrftoken={TOKEN}"
    assert (await post(HELLO, cookie=cookie, x_csrftoken=TOKEN)).status == 201


async def test_a_cancel_by_a_session_needs_its_token() -> None:
    handler = SSEHandler(components=["text_generation"])
    await handler.asnapshot()
    path = path_of("cancel", handler.stream_id)
    cookie = f"sessionid=any; csrftoken={TOKEN}"
    assert (await request("POST", path, cookie=cookie)).status == 403
    assert not handler.cancelled
    assert (await request("POST", path, cookie=cookie, x_csrftoken=TOKEN)).status == 202


@pytest.mark.parametrize("ask", [request, post])
async def test_a_stranger_costs_no_thread(ask: Callable[..., Any]) -> None:
    async with occupied_database_thread():
        if ask is post:
            assert (await post(HELLO)).status == 201
            return
        handler = SSEHandler(owner="somebody", components=["text_generation"])
        await handler.asnapshot()
        assert (await request("GET", path_of("status", handler.stream_id))).status == 404
