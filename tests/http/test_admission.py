"""How many readers a process serves, and what those get that it does not."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from channels.testing import HttpCommunicator
from django.test import RequestFactory
from pytest_django import Settings

from project.asgi import application
from sse_pipeline import SSEHandler, signals
from sse_pipeline.exceptions import TooManyOpen
from sse_pipeline.http.addresses import client_address
from sse_pipeline.http.admission import readers
from sse_pipeline.http.replies import CONTENT_TYPE
from sse_pipeline.testing import SSECommunicator

EACH_BOUND = pytest.mark.parametrize(
    ("setting", "status"), [("READERS", 503), ("OWNER_READERS", 429), ("ADDRESS_READERS", 429)]
)
ALL_ADMITTED = {"AUTHORIZE": "tests.http.test_admission.admit", "PROXIES": 1}
ASKS_FOR_EVENTS = [(b"accept", b"text/event-stream")]


def admit(scope: Any, stream: Any) -> bool:
    return True


@pytest.fixture
def reached() -> Iterator[list[str]]:
    """List the bounds that are reached."""
    found = list[str]()

    def hear(limit: str, **_: object) -> None:
        found.append(limit)

    signals.limit_reached.connect(hear)
    yield found
    signals.limit_reached.disconnect(hear)


def reader(
    handler: SSEHandler, address: str = "192.0.2.1", headers: Any = (), **options: Any
) -> SSECommunicator:
    path = f"/streams/{handler.stream_id}/events/"
    sent = [(b"x-forwarded-for", f"203.0.113.9, {address}".encode()), *headers]
    return SSECommunicator(application, path, headers=sent, **options)


async def opened(owner: str = "user:7") -> SSEHandler:
    handler = SSEHandler(owner=owner, components=["text"])
    await handler.asend("text", chunk="one")
    return handler


@EACH_BOUND
async def test_a_reader_too_many_is_refused_until_another_leaves(
    setting: str, status: int, settings: Settings, reached: list[str]
) -> None:
    settings.SSE_PIPELINE = {**ALL_ADMITTED, setting: 2}
    handler = await opened()
    async with reader(handler) as first, reader(handler) as second:
        for each in (first, second):
            assert (await each.next()).event == "stream"  # type: ignore[union-attr]
        async with reader(handler) as third:
            assert (third.status, third.headers["retry-after"]) == (status, "5")
        assert reached == [setting]
        await first.disconnect()
        async with reader(handler) as fourth:
            assert fourth.status == 200
            assert (await fourth.next()).event == "stream"  # type: ignore[union-attr]
    assert readers.count("READERS") == 0


@EACH_BOUND
async def test_an_event_source_is_sent_away_so_that_it_comes_back(
    setting: str, status: int, settings: Settings, reached: list[str]
) -> None:
    settings.SSE_PIPELINE = {**ALL_ADMITTED, setting: 1}
    handler = await opened()
    async with reader(handler) as first:
        await first.next()
        async with reader(handler, headers=ASKS_FOR_EVENTS, last_event_id=2) as second:
            assert (second.status, second.headers["content-type"]) == (200, CONTENT_TYPE)
            chunk = await second.next_chunk()
            assert chunk == f": {setting} is reached\nretry: 5000\n".encode()
            assert await second.events() == []
            assert second.ended
            assert reached == [setting]
            await first.disconnect()
            await second.reconnect()
            assert (await second.next()).id == "3"  # type: ignore[union-attr]


async def test_owners_and_addresses_count_apart(settings: Settings) -> None:
    settings.SSE_PIPELINE = {**ALL_ADMITTED, "OWNER_READERS": 1, "ADDRESS_READERS": 2}
    mine, other, nobodys = await opened(), await opened("user:8"), SSEHandler()
    await nobodys.aopen()
    async with reader(mine) as first, reader(other) as second, reader(nobodys, "::1") as third:
        for each in (first, second, third):
            assert await each.next() is not None
        async with reader(nobodys) as fourth:
            assert fourth.status == 429  # the third of its address
        async with reader(mine, "192.0.2.2") as fifth:
            assert fifth.status == 429  # the second of its owner


async def test_the_last_frame_is_not_refused(settings: Settings) -> None:
    settings.SSE_PIPELINE = {**ALL_ADMITTED, "READERS": 1}
    handler = await opened()
    async with reader(handler) as first:
        await first.next()
        await handler.amark_component_complete("text")
        last = (await first.events())[-1].id
    async with reader(handler, last_event_id=last) as back:
        assert back.status == 204


def test_a_view_counts_while_its_body_is_read(settings: Settings, rf: RequestFactory) -> None:
    settings.SSE_PIPELINE = {"READERS": 1}
    handler = SSEHandler(components=["text"])
    handler.send("text", chunk="one")
    waiting, body = handler.response(rf.get("/")), iter(handler.response(rf.get("/")))
    assert b"event: stream" in next(body)
    assert handler.response(rf.get("/")).status_code == 503
    assert b"".join(waiting) == b": READERS is reached\nretry: 5000\n"
    body.close()  # type: ignore[attr-defined]
    handler.mark_component_complete("text")
    assert b"event: complete" in handler.response(rf.get("/")).getvalue()


async def test_the_demonstration_refuses_what_would_open_a_stream(
    settings: Settings, reached: list[str]
) -> None:
    settings.SSE_PIPELINE = {"STREAMS": 1}
    kept = SSEHandler()
    await kept.aopen()
    body = b'{"text": "Hello.", "speech": true}'
    json = [(b"content-type", b"application/json")]
    for _ in range(3):
        async with SSECommunicator(
            application, "/answers/", method="POST", body=body, headers=json
        ) as client:
            assert (client.status, client.headers["retry-after"]) == (503, "5")
            assert b"STREAMS" in await client.next_chunk()
    assert reached == ["STREAMS"] * 3
    await kept.acancel()
    async with SSECommunicator(
        application, "/answers/", method="POST", body=b'{"text": "Hello.", "speech": false}',
        headers=json,
    ) as client:  # fmt: skip
        assert client.status == 201


async def test_a_body_beyond_its_bounds_is_counted(settings: Settings, reached: list[str]) -> None:
    settings.SSE_PIPELINE = {"MAX_BODY_BYTES": 10, "BODY_TIMEOUT": 0.01}
    path = f"/streams/{uuid4()}/cancel/"
    async with SSECommunicator(application, path, method="POST", body=b"x" * 11) as client:
        assert client.status == 413
    endless = HttpCommunicator(application, "POST", path)
    await endless.send_input({"type": "http.request", "body": b"x", "more_body": True})
    assert (await endless.receive_output(30))["status"] == 408
    assert reached == ["MAX_BODY_BYTES", "BODY_TIMEOUT"]


def test_a_refusal_takes_no_place(settings: Settings) -> None:
    settings.SSE_PIPELINE = {"READERS": 5, "OWNER_READERS": 1}
    seat = readers.enter({"READERS": "", "OWNER_READERS": "ann"})
    with pytest.raises(TooManyOpen, match=r"^SSE_PIPELINE\['OWNER_READERS'\] = 1: .* of ann "):
        readers.enter({"READERS": "", "OWNER_READERS": "ann"})
    assert readers.count("READERS") == 1
    seat.leave()
    seat.leave()
    assert (readers.count("READERS"), readers.count("OWNER_READERS", "ann")) == (0, 0)


ADDRESSES = [
    (0, "198.51.100.1", "192.0.2.1", "198.51.100.1"),
    (1, "10.0.0.1", "1.1.1.1, 192.0.2.1", "192.0.2.1"),
    (2, "10.0.0.1", "1.1.1.1, 192.0.2.1,10.0.0.2", "192.0.2.1"),
    (2, "10.0.0.1", "192.0.2.1", "10.0.0.1"),  # it came through one proxy only
    (1, "10.0.0.1", "", "10.0.0.1"),
    (1, "10.0.0.1", "unknown", "10.0.0.1"),
    (1, "10.0.0.1", "192.0.2.1:4711", "192.0.2.1"),
    (1, "10.0.0.1", "[2001:db8:1:2:3::4]:4711", "2001:db8:1:2::/64"),
    (1, "10.0.0.1", '"[2001:db8:1:2:9::9]"', "2001:db8:1:2::/64"),
    (0, "2001:db8:1:2:ffff::1", "", "2001:db8:1:2::/64"),
    (0, "::ffff:192.0.2.1", "", "192.0.2.1"),
    (0, "fe80::1%eth0", "", "fe80::/64"),
    (0, "", "192.0.2.1", None),
]


@pytest.mark.parametrize("case", ADDRESSES)
def test_the_address_of_a_client(
    case: tuple[int, str, str, str | None], settings: Settings, rf: RequestFactory
) -> None:
    proxies, peer, header, address = case
    settings.SSE_PIPELINE = {"PROXIES": proxies}
    request = rf.get("/", REMOTE_ADDR=peer, headers={"X-Forwarded-For": header})
    assert client_address(request) == address


def test_a_header_with_underscores_is_no_proxy(settings: Settings, async_rf: Any) -> None:
    settings.SSE_PIPELINE = {"PROXIES": 1}
    request = async_rf.get("/")
    request.scope["headers"] = [
        (b"x-forwarded-for", b"192.0.2.1"), (b"x_forwarded_for", b"1.1.1.1"),
    ]  # fmt: skip
    assert client_address(request) == "192.0.2.1"
