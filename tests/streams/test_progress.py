"""A component says how far it is: the latest is told, at most once in an interval."""

import json
from collections.abc import Callable
from threading import Event
from typing import Any

import pytest
from pytest_django import Settings

from sse_pipeline import SSEHandler, StreamEnded
from sse_pipeline.dialects.ag_ui import AgentEvents
from sse_pipeline.dialects.ai_sdk import UIMessageStream
from sse_pipeline.dialects.base import Dialect
from sse_pipeline.frames import FrameValue
from sse_pipeline.lifecycle import causes
from sse_pipeline.lifecycle.causes import Cause
from sse_pipeline.lifecycle.deadlines import overdue
from sse_pipeline.lifecycle.decision import decide
from sse_pipeline.lifecycle.progress import Progress
from sse_pipeline.lifecycle.registry import Component, Status
from sse_pipeline.lifecycle.snapshot import Snapshot
from sse_pipeline.lifecycle.status import waiting_for
from sse_pipeline.stores.memory import MemoryStore
from sse_pipeline.streams.progress_teller import ProgressTeller
from sse_pipeline.testing import Decoder
from sse_pipeline.testing.subject import TIMEOUT

#: No second telling comes within it.
LONG = {"PROGRESS_INTERVAL": 1e6}


def told(handler: SSEHandler) -> list[tuple[str, float | None]]:
    """Return the status, and how far the component was, of each frame of a component."""
    events = [event.json() for event in Decoder().feed(b"".join(handler))]
    return [
        (each["status"], each.get("progress", {}).get("fraction"))
        for each in events
        if each["type"] == "component"
    ]


def progress_of(handler: SSEHandler, name: str = "tool") -> tuple[float, str] | None:
    known = handler.snapshot().registry.components[name].progress
    return (known.fraction, known.text) if known else None


def until_told(handler: SSEHandler, fraction: float) -> None:
    """Read until the readers are told that the component is so far."""
    decoder = Decoder()
    for chunk in handler:
        for event in decoder.feed(chunk):
            if event.json().get("progress", {}).get("fraction") == fraction:
                return


def test_the_latest_of_many_is_told_and_a_late_reader_learns_it(
    store: Callable[..., None],
) -> None:
    store(**LONG)
    handler = SSEHandler()
    with handler.component("tool", timeout=10.0) as tool:
        tool.progress(0)
        until_told(handler, 0)  # and not again for a long time
        for number in range(1, 8):
            tool.progress(number / 10, f"{number} of 10 sources")
        assert progress_of(handler) == (0, "")
    assert progress_of(handler) == (0.7, "7 of 10 sources")
    assert told(handler) == [
        ("pending", None),
        ("pending", 0),
        ("pending", 0.7),
        ("complete", 0.7),
    ]
    last = {"fraction": 0.7, "text": "7 of 10 sources"}
    assert handler.snapshot().ledger()["tool"]["progress"] == last
    assert handler.content().to_document()["components"]["tool"]["progress"] == last


def test_the_last_one_is_told_when_the_interval_is_over(settings: Settings) -> None:
    settings.SSE_PIPELINE = {"PROGRESS_INTERVAL": 0.01}
    handler = SSEHandler()
    with handler.component("tool") as tool:
        for fraction in (0.1, 0.2, 1):
            tool.progress(fraction)
        until_told(handler, 1)  # and nothing else is called
    assert told(handler)[-2:] == [("pending", 1), ("complete", 1)]


async def test_a_component_that_fails_in_a_loop_has_told_its_last_one(settings: Settings) -> None:
    settings.SSE_PIPELINE = LONG
    handler = SSEHandler()
    with pytest.raises(ConnectionError):
        async with handler.component("tool", required=False) as tool:
            tool.progress(0.1)
            tool.progress(0.2, "2 of 10")
            raise ConnectionError
    entry = (await handler.asnapshot()).ledger()["tool"]
    assert (entry["status"], entry["progress"]["text"]) == ("failed", "2 of 10")


def test_an_attempt_that_starts_anew_has_told_nothing(settings: Settings) -> None:
    settings.SSE_PIPELINE = {"PROGRESS_INTERVAL": 0.01}
    handler = SSEHandler()
    handler.register_component("tool", attempts=3)
    first, second = handler.component("tool"), handler.component("tool")
    with first:
        first.progress(0.4)
        until_told(handler, 0.4)
        with second:
            assert progress_of(handler) is None
            with pytest.raises(StreamEnded, match="was followed"):
                first.progress(0.5)
            second.progress(0.1)
            until_told(handler, 0.1)
            with handler.component("tool", resume=True):
                assert progress_of(handler) == (0.1, "")


@pytest.mark.parametrize(
    ("fraction", "text", "complaint"),
    [
        (float("nan"), "", "fraction: must be a number from 0.0 to 1.0, not nan"),
        (1.1, "", "fraction: must be a number"),
        (-0.1, "", "fraction: must be a number"),
        ("0.4", "", "fraction: must be a number"),
        (True, "", "fraction: must be a number"),
        (None, "", "fraction: must be a number"),
        (0.4, "x" * 4001, "text: must not be longer than 4000 characters"),
        (0.4, "\ud800", "text: must not contain a lone surrogate"),
        (0.4, 7, "text: must be a string, not 7"),
    ],
)
def test_what_can_not_be_told_is_named(fraction: float, text: str, complaint: str) -> None:
    handler = SSEHandler()
    with handler.component("tool") as tool:
        with pytest.raises(ValueError, match=f"^{complaint}"):
            tool.progress(fraction, text)
        assert progress_of(handler) is None


def _stream(*asked: tuple[Cause, float]) -> Snapshot:
    stream = Snapshot("id")
    for cause, now in ((causes.register(Component("tool", timeout=10.0)), 100.0), *asked):
        stream = decide(stream, cause, now).snapshot
    return stream


def test_a_progress_is_a_sign_of_life_and_an_older_one_changes_nothing() -> None:
    told = causes.progress("tool", Progress(0.999, "almost", 108.0))
    stream = _stream((told, 108.0))
    assert overdue(stream, 117.0) is None
    assert overdue(stream, 118.0) is not None
    older = decide(stream, causes.progress("tool", Progress(0.1, "", 107.0)), 109.0)
    assert (older.taken, older.snapshot) == (False, stream)
    settled = decide(stream, causes.fail("tool", Status.LOST), 109.0).snapshot
    assert not decide(settled, causes.progress("tool", Progress(1, "", 110.0)), 110.0).taken


def test_the_status_says_how_far_a_component_is() -> None:
    stream = _stream((causes.progress("tool", Progress(0.999, "3 of 7", 108.0)), 108.0))
    bound = "(10 s of silence at most)"
    assert waiting_for(stream, 110.0) == f"tool: 99%, 3 of 7, for 2.0 s {bound}"
    assert waiting_for(stream, 110.0, notes=False) == f"tool: 99%, for 2.0 s {bound}"
    stream.traffic.keep_note("tool", "reads", 109.0)
    assert waiting_for(stream, 110.0) == f"tool: 99%, 3 of 7, reads, for 1.0 s {bound}"


def test_the_dialects_tell_it_once() -> None:
    told = {"fraction": 0.4, "text": "3 of 7"}
    frames = [
        FrameValue(3, "component", {"component": "tool", "status": status, "progress": told})
        for status in ("pending", "complete")
    ]
    value = {"component": "tool", **told}
    expected: list[tuple[Dialect, dict[str, Any]]] = [
        (UIMessageStream(), {"type": "data-progress", "id": "tool", "data": value}),
        (AgentEvents(), {"type": "CUSTOM", "name": "progress", "value": value}),
    ]
    for dialect, event in expected:
        encoder = dialect.encoder("id")
        body = b"".join(piece for frame in frames for piece in encoder.encode(frame))
        assert _documents(body).count(event) == 1


def _documents(body: bytes) -> list[dict[str, Any]]:
    lines = [line for line in body.splitlines() if line.startswith(b"data: ")]
    return [json.loads(line.removeprefix(b"data: ")) for line in lines]


class _HeldStore(MemoryStore):
    """A store that loads nothing before it may."""

    def __init__(self, stream: Snapshot) -> None:
        super().__init__(held_bytes=10**6, max_stream_bytes=10**6, keep=60.0)
        self.commit(stream.stream_id, Snapshot(stream.stream_id), stream, [])
        self.asked, self.may_go_on = Event(), Event()

    def load(self, stream_id: str) -> Snapshot | None:
        self.asked.set()
        assert self.may_go_on.wait(TIMEOUT)
        return super().load(stream_id)


def test_a_stale_attempt_takes_no_place_of_the_next_one(store: Callable[..., None]) -> None:
    store(**LONG)
    handler = SSEHandler(components=[Component("tool", attempts=2)])
    handler.open()
    stale, tool = [SSEHandler.attach(handler.stream_id).component("tool") for _ in range(2)]
    with stale, tool:
        tool.progress(0.1)
        until_told(handler, 0.1)  # and not again for a long time
        tool.progress(0.9)
        stale.progress(0.2)  # its handler has not heard of the next attempt
    assert progress_of(handler) == (0.9, "")


def test_settings_that_are_wrong_meanwhile_end_no_thread(settings: Settings) -> None:
    settings.SSE_PIPELINE = {"PROGRESS_INTERVAL": 1e-9}
    store, teller = _HeldStore(_stream()), ProgressTeller()
    first, last = (causes.progress("tool", Progress(each, "", each)) for each in (0.1, 0.2))
    teller.put(store, "id", first)
    assert store.asked.wait(TIMEOUT)
    teller.put(store, "id", last)
    settings.SSE_PIPELINE = {"NONSENSE": 1}
    store.asked.clear()
    store.may_go_on.set()
    assert store.asked.wait(TIMEOUT)


def test_one_that_is_being_told_is_left_to_the_component_that_settles(settings: Settings) -> None:
    settings.SSE_PIPELINE = LONG
    store, teller = _HeldStore(_stream()), ProgressTeller()
    first, last = (causes.progress("tool", Progress(each, "", each)) for each in (0.1, 0.2))
    teller.put(store, "id", first)
    assert store.asked.wait(TIMEOUT)
    assert teller.take("id", "tool") is first  # it is not known yet whether it is told
    teller.put(store, "id", last)
    store.may_go_on.set()
    assert teller.take("id", "tool") is last
    assert teller.take("id", "tool") is None
