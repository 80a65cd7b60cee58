"""A component that waits for a person is not silent, and says what it waits for."""

from collections.abc import Callable

import pytest
from pytest_django import Settings

from sse_pipeline import SSEHandler, StreamEnded, stores
from sse_pipeline.lifecycle import causes
from sse_pipeline.lifecycle.deadlines import due_at, overdue
from sse_pipeline.lifecycle.decision import decide
from sse_pipeline.lifecycle.registry import Component
from sse_pipeline.lifecycle.snapshot import Snapshot
from sse_pipeline.lifecycle.status import waiting_for
from sse_pipeline.lifecycle.waiting import Waiting
from sse_pipeline.testing import Decoder
from sse_pipeline.testing.subject import TIMEOUT


def test_readers_and_the_status_are_told_of_a_wait(store: Callable[..., None]) -> None:
    handler = SSEHandler()
    with handler.component("tool", timeout=10.0) as tool:
        with tool.waiting("approval", timeout=90):
            snapshot = handler.snapshot()
            waiting = snapshot.registry.components["tool"].waiting
            assert waiting is not None
            assert (waiting.what, waiting.limit) == ("approval", 90)
            sentence = str(waiting_for(snapshot, stores.current().now()))
            assert sentence.startswith("tool: waits for approval, for ")
            assert sentence.endswith(" (90 s at most)")
        assert handler.snapshot().registry.components["tool"].waiting is None
    events = [event.json() for event in Decoder().feed(b"".join(handler))]
    heard = [(each["status"], each.get("waiting")) for each in events if "status" in each]
    assert heard == [
        ("pending", None),
        ("pending", "approval"),
        ("pending", None),
        ("complete", None),
    ]


def test_a_wait_within_another_is_a_part_of_it() -> None:
    handler = SSEHandler()
    with handler.component("tool") as tool, tool.waiting("approval"):
        with tool.waiting("payment"):
            pass
        waiting = handler.snapshot().registry.components["tool"].waiting
        assert waiting is not None
        assert waiting.what == "approval"


def test_an_attempt_that_another_followed_neither_waits_nor_gives_a_sign() -> None:
    handler = SSEHandler()
    handler.register_component("tool", attempts=2)
    first, second = handler.component("tool"), handler.component("tool")
    with first, second:
        with pytest.raises(StreamEnded, match="was followed"), first.waiting("approval"):
            pass
        with pytest.raises(StreamEnded, match="was followed"):
            first.note("still here")
        component = handler.snapshot().registry.components["tool"]
        assert (component.attempt, component.waiting) == (2, None)


async def test_a_wait_in_a_loop() -> None:
    handler = SSEHandler()
    async with handler.component("tool") as tool, tool.waiting("approval"):
        waiting = (await handler.asnapshot()).registry.components["tool"].waiting
        assert waiting is not None
        assert waiting.limit == 3600
    assert (await handler.asnapshot()).state == "complete"


def test_a_wait_has_a_bound_of_its_own(settings: Settings) -> None:
    settings.SSE_PIPELINE = {"WAITING_TIMEOUT": 0.05}
    handler = SSEHandler()
    with handler.component("tool", timeout=60.0) as tool, tool.waiting("approval"):
        assert handler.is_complete.wait(TIMEOUT)
    entry = handler.snapshot().ledger()["tool"]
    assert (entry["status"], entry["reason"]) == ("timed_out", "waited for approval for 0.05 s")


def test_neither_a_silence_nor_a_drain_after_mark_complete_ends_a_wait() -> None:
    tool = Component("tool", timeout=10.0)
    stream = Snapshot("id")
    for cause in (
        causes.register(tool),
        causes.MARK_COMPLETE,
        causes.wait("tool", Waiting("approval", 100.0, 600.0)),
    ):
        stream = decide(stream, cause, 100.0).snapshot
    assert due_at(stream) == 700.0
    assert overdue(stream, 699.0) is None
    late = overdue(stream, 700.0)
    assert late is not None
    assert (late.trigger, late.reason) == ("fail", "waited for approval for 600 s")
    on = decide(stream, causes.go_on("tool"), 400.0).snapshot
    assert due_at(on) == min(410.0, on.traffic.at + 60.0)
    stopped = decide(stream, causes.stop("owner"), 400.0).snapshot
    assert due_at(stopped) == 405.0


@pytest.mark.parametrize(
    ("name", "values"),
    [("what", {"what": " "}), ("what", {"what": 7}), ("timeout", {"what": "it", "timeout": 0})],
)
def test_what_can_not_be_waited_for_is_named(name: str, values: dict[str, object]) -> None:
    with (
        SSEHandler().component("tool") as tool,
        pytest.raises(ValueError, match=f"^{name}: "),
    ):
        tool.waiting(**values)  # type: ignore[arg-type]
