"""The wire: every line of section 5 of the design, as a client sees it."""

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from pytest_django import Settings

from project.asgi import application
from sse_pipeline import SSEHandler
from sse_pipeline.testing import Event, SSECommunicator


def client_of(handler: SSEHandler, query: str = "", **options: Any) -> SSECommunicator:
    path = f"/streams/{handler.stream_id}/events/{query}"
    return SSECommunicator(application, path, **options)


def written(texts: int = 3) -> SSEHandler:
    handler = SSEHandler(components=["a"])
    for number in range(texts):
        handler.send("text", chunk=number)
    return handler


def ended(texts: int = 3) -> SSEHandler:
    handler = written(texts)
    handler.mark_component_complete("a")
    return handler


ENTRY = {"required": True, "frames": 0, "bytes": 0}


class Own(NamedTuple):
    """One of the library's own events: when it is sent, and what it carries."""

    event: str
    work: Callable[[SSEHandler], object]
    data: dict[str, Any]


OWN = [
    Own("stream", SSEHandler.snapshot, {"components": ["a", "b"]}),
    Own("component", SSEHandler.snapshot,
        {"component": "a", "status": "pending", "required": True, "reason": None}),
    Own("component", lambda h: h.register_component("c", required=False),
        {"component": "c", "status": "pending", "required": False, "reason": None}),
    Own("component", lambda h: h.mark_component_complete("a"),
        {"component": "a", "status": "complete", "required": True, "reason": None}),
    Own("component", lambda h: h.fail_component("a", "x"),
        {"component": "a", "status": "failed", "required": True, "reason": "failed"}),
    Own("draining", SSEHandler.mark_complete,
        {"reason": "mark_complete", "waiting_for": ["a", "b"]}),
    Own("draining", SSEHandler.cancel, {"reason": "cancelled", "waiting_for": ["a", "b"]}),
    Own("draining", lambda h: h.fail_component("a", "x"),
        {"reason": "component_failed", "waiting_for": ["b"]}),
    Own("stream_error", lambda h: h.send_error("Oh no"),
        {"component": None, "message": "Oh no", "code": "error_reported"}),
    Own("stream_error", lambda h: h.send_error("Hm", component="a", code="slow", fatal=False),
        {"component": "a", "message": "Hm", "code": "slow"}),
    Own("stream_error", lambda h: h.fail_component("a", "secret"),
        {"component": "a", "message": "Component a failed", "code": "component_failed"}),
]  # fmt: skip


@pytest.mark.parametrize("own", OWN, ids=lambda own: f"{own.event}-{own.data}")
async def test_the_librarys_own_events(own: Own) -> None:
    handler = SSEHandler(components=["a", "b"])
    own.work(handler)
    data = {"type": own.event, **own.data}
    if own.event == "stream":
        data["stream"] = handler.stream_id
    async with client_of(handler) as client:
        while (event := await client.next()) is not None:
            if event.event == own.event and event.json() == data:
                return
    raise AssertionError(f"no such event: {data}")


ENDS = [
    ("complete", lambda h: h.mark_component_complete("a"),
     {"message": "Answer pipeline completed successfully"}),
    ("errored", lambda h: h.fail_component("a", "x"),
     {"message": "Answer pipeline ended with an error", "reason": "component_failed"}),
    ("errored", lambda h: (h.cancel(), h.mark_component_complete("a")),
     {"message": "Answer pipeline ended with an error", "reason": "cancelled"}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "work", "data"), ENDS)
async def test_the_terminal_frame(name: str, work: Callable[..., Any], data: Any) -> None:
    handler = SSEHandler(components=["a"])
    work(handler)
    async with client_of(handler) as client:
        events = await client.events()
    assert [event.event for event in events].count(name) == 1
    last = events[-1].json()
    ledger = last.pop("components")
    assert last == {"type": name, **data}
    assert set(ledger["a"]) == {"status", "required", "frames", "bytes", "ms", "reason"}


async def test_frames_are_numbered_without_a_hole_and_carry_their_type() -> None:
    async with client_of(ended(20)) as client:
        events = await client.events()
    assert [event.id for event in events] == [str(n) for n in range(1, len(events) + 1)]
    assert all(event.json()["type"] == event.event for event in events)
    assert all("\n" not in event.data for event in events)


class Resumption(NamedTuple):
    """The id that a client has reached, and the reply to it."""

    header: str | None
    query: str
    status: int
    first: int | None = None


LAST = 7  # stream, component, three texts, component, complete
RESUMPTIONS = [
    Resumption(None, "", 200, 1),
    Resumption("0", "", 200, 1),
    Resumption("3", "", 200, 4),
    Resumption("6", "", 200, 7),
    Resumption("7", "", 204),
    Resumption(None, "?last_event_id=3", 200, 4),
    Resumption(None, "?last_event_id=7", 204),
    Resumption(None, "?lastEventId=3", 200, 4),
    Resumption(None, "?lastEventId=7", 204),
    Resumption("3", "?last_event_id=7", 200, 4),
    Resumption("7", "?last_event_id=3", 204),
    *(Resumption(junk, "", 200, 1) for junk in ("", " ", "-1", "+3", "x", "3.5", "1e3", "٣")),
    Resumption(None, "?last_event_id=", 200, 1),
    Resumption(None, "?last_event_id=-4", 200, 1),
    Resumption(None, "?last_event_id=x", 200, 1),
]


@pytest.mark.parametrize("resumption", RESUMPTIONS, ids=str)
async def test_resumption(resumption: Resumption) -> None:
    headers = []
    if resumption.header is not None:
        headers = [(b"last-event-id", resumption.header.encode())]
    async with client_of(ended(), resumption.query, headers=headers) as client:
        events = await client.events()
        assert client.status == resumption.status
        assert client.ended
    expected = [] if resumption.first is None else range(resumption.first, LAST + 1)
    assert [event.id for event in events] == [str(number) for number in expected]


@pytest.mark.parametrize("ahead", ["8", "1000", "9" * 18])
async def test_an_id_ahead_of_the_store(ahead: str) -> None:
    async with client_of(ended(), last_event_id=ahead) as client:
        events = await client.events()
    assert events[0].json() == {"type": "gap", "reset": True}
    assert [event.id for event in events[1:]] == [str(n) for n in range(1, LAST + 1)]


async def test_an_id_that_no_stream_could_have_is_ahead() -> None:
    async with client_of(ended(), last_event_id="9" * 40) as client:
        gap, first, *_ = await client.events()
        assert (gap.event, gap.json()["reset"], first.id) == ("gap", True, "1")


async def test_frames_that_are_no_longer_held(settings: Settings) -> None:
    settings.SSE_PIPELINE = {"HELD_BYTES": 2000}
    handler = ended(200)
    async with client_of(handler) as client:
        events = await client.events()
    gaps = [event.json() for event in events if event.event == "gap"]
    assert len(gaps) == 1
    held = [int(event.id) for event in events if event.event != "gap"]
    assert held == [1, *range(gaps[0]["to"] + 1, 205)]
    assert (gaps[0]["from"], events[-1].event) == (2, "complete")


async def test_each_connection_opens_with_retry(settings: Settings) -> None:
    settings.SSE_PIPELINE = {"RETRY": 0.75}
    handler = written()
    async with client_of(handler) as client:
        await client.next()
        first = client.decoder.retry
        await client.reconnect()
        await client.next()
        second = client.decoder.retry
    assert first is not None
    assert second is not None
    assert all(750 <= each <= 1125 for each in (first, second))


async def test_a_ping_after_silence(settings: Settings) -> None:
    settings.SSE_PIPELINE = {"HEARTBEAT": 0.01}
    handler = written()
    async with client_of(handler) as client:
        for _ in range(5):
            await client.next()
        assert await client.next_chunk() == b'event: ping\ndata: {"type":"ping"}\n\n'
        assert client.last_event_id == "5"
        handler.mark_component_complete("a")
        assert (await client.events())[-1].event == "complete"


HEADERS = {
    "cache-control": "no-store, no-transform",
    "x-accel-buffering": "no",
    "content-encoding": "identity",
    "x-content-type-options": "nosniff",
    "cross-origin-resource-policy": "same-origin",
}


@pytest.mark.parametrize(
    ("last_event_id", "status", "kind"),
    [(None, 200, "text/event-stream; charset=utf-8"), (LAST, 204, None)],
)
async def test_headers(last_event_id: int | None, status: int, kind: str | None) -> None:
    async with client_of(ended(), last_event_id=last_event_id) as client:
        assert client.status == status
        assert HEADERS.items() <= client.headers.items()
        assert client.headers.get("content-type") == kind


async def test_headers_of_a_stream_that_never_was() -> None:
    handler = SSEHandler()
    async with client_of(handler) as client:
        assert client.status == 404
        assert HEADERS.items() <= client.headers.items()


async def test_head_has_the_headers_and_no_reader() -> None:
    async with client_of(written(), method="HEAD") as client:
        assert (client.status, client.headers["content-type"]) == (
            200,
            "text/event-stream; charset=utf-8",
        )
        assert await client.events() == []
        assert client.ended


async def test_the_end_is_told_to_who_does_not_hold_it_yet() -> None:
    handler = written()
    async with client_of(handler) as client:
        seen: list[Event] = [event for _ in range(5) if (event := await client.next())]
        await client.disconnect()
        handler.mark_component_complete("a")
        assert await client.reconnect() == 200
        assert [event.event for event in await client.events()] == ["component", "complete"]
        assert await client.reconnect() == 204
    assert seen[-1].id == "5"
