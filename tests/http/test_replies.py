"""A Django view replies as the consumer does."""

import asyncio

import pytest
from django.http import HttpResponse, StreamingHttpResponse
from django.test import AsyncRequestFactory, RequestFactory
from pytest_django import Settings

from sse_pipeline import SSEHandler
from sse_pipeline.http.replies import FARTHEST, HEADERS, last_event_id, opening


def ended() -> SSEHandler:
    handler = SSEHandler(components=["a"])
    handler.send("text", chunk="x")
    handler.mark_component_complete("a")
    return handler


@pytest.mark.parametrize(
    ("header", "query", "expected"),
    [
        (None, "", 0),
        ("5", "", 5),
        (None, "5", 5),
        ("5", "7", 5),
        ("", "7", 0),
        ("-5", "", 0),
        ("five", "", 0),
        ("5 ", "", 0),
        ("\u0665", "", 0),
        ("9" * 18, "", int("9" * 18)),
        ("9" * 19, "", FARTHEST),
        ("9" * 5000, "", FARTHEST),
        ("0" * 30 + "5", "", 5),
    ],
)
def test_the_last_event_id(
    rf: RequestFactory, header: str | None, query: str, expected: int
) -> None:
    headers = {} if header is None else {"Last-Event-ID": header}
    path = f"/?last_event_id={query}" if query else "/"
    assert last_event_id(rf.get(path, headers=headers)) == expected


def test_under_wsgi_a_thread_reads(rf: RequestFactory) -> None:
    response = ended().response(rf.get("/"))
    assert isinstance(response, StreamingHttpResponse)
    assert not response.is_async
    assert response["Content-Type"] == "text/event-stream; charset=utf-8"
    assert HEADERS.items() <= dict(response.items()).items()
    assert response.getvalue().endswith(b"}}}\nid: 5\n\n")


async def test_under_asgi_the_loop_reads(async_rf: AsyncRequestFactory) -> None:
    response = await ended().aresponse(async_rf.get("/"))
    assert isinstance(response, StreamingHttpResponse)
    assert response.is_async
    chunks = [chunk async for chunk in response]
    assert b"".join(chunks).endswith(b"}}}\nid: 5\n\n")


def test_a_synchronous_view_under_asgi(async_rf: AsyncRequestFactory) -> None:
    response = ended().response(async_rf.get("/"))
    assert isinstance(response, StreamingHttpResponse)
    assert response.is_async


@pytest.mark.parametrize(("after", "status"), [("5", 204), ("4", 200)])
def test_after_the_end(rf: RequestFactory, after: str, status: int) -> None:
    response = ended().response(rf.get("/", headers={"Last-Event-ID": after}))
    assert response.status_code == status
    assert HEADERS.items() <= dict(response.items()).items()
    assert ("Content-Type" in response) == (status == 200)


def test_head(rf: RequestFactory) -> None:
    response = ended().response(rf.head("/"))
    assert isinstance(response, HttpResponse)
    assert (response.status_code, response.content) == (200, b"")
    assert response["Content-Type"] == "text/event-stream; charset=utf-8"


def nobody(scope: object, stream: object) -> bool:
    return False


@pytest.mark.django_db
def test_who_may_not_read_is_told_nothing(rf: RequestFactory, settings: Settings) -> None:
    settings.SSE_PIPELINE = {"AUTHORIZE": "tests.http.test_replies.nobody"}
    handler = SSEHandler(owner="user:1", components=["a"])
    assert handler.response(rf.get("/")).status_code == 404


async def test_a_reader_that_fails_ends_the_body(
    rf: RequestFactory, async_rf: AsyncRequestFactory, settings: Settings
) -> None:
    settings.SSE_PIPELINE = {"STORE": "harness.stores.UnreadableStore"}
    handler = ended()
    response = await handler.aresponse(async_rf.get("/"))
    assert isinstance(response, StreamingHttpResponse)
    assert [chunk async for chunk in response] == []
    response = await asyncio.to_thread(handler.response, rf.get("/"))
    assert isinstance(response, StreamingHttpResponse)
    assert list(response) == []


def test_clients_of_a_server_that_went_down_come_back_one_by_one() -> None:
    assert len({opening() for _ in range(100)}) > 1


def test_a_view_has_the_headers_of_the_routes(rf: RequestFactory) -> None:
    for response in (ended().response(rf.get("/")), ended().response(rf.head("/"))):
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["Cross-Origin-Resource-Policy"] == "same-origin"
