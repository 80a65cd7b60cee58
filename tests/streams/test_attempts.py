"""Attempts of a component: what is lost or fails for now is done again, and readers are told."""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

import pytest
from pytest_django import Settings

from sse_pipeline import SSEHandler, StreamEnded
from sse_pipeline.exceptions import AlreadyRegistered, InvalidComponent
from sse_pipeline.testing import Decoder
from sse_pipeline.testing.subject import TIMEOUT


def told(handler: SSEHandler) -> list[dict[str, Any]]:
    """Return what readers were told of the text."""
    events = [event.json() for event in Decoder().feed(b"".join(handler))]
    return [each for each in events if each["type"] == "component" and each["component"] == "text"]


def text_of(handler: SSEHandler) -> Any:
    return handler.content().components["text"].events["text"]["chunk"]


def fail(handler: SSEHandler, chunk: str, error: BaseException, **options: Any) -> None:
    """Make an attempt that sends something and fails."""
    with pytest.raises(type(error)), handler.component("text", **options) as text:
        text.send("text", chunk=chunk)
        raise error


def test_an_attempt_that_fails_for_now_is_followed_by_another(store: Callable[..., None]) -> None:
    handler = SSEHandler()
    handler.register_component("text", attempts=3)
    fail(handler, "Hel", ConnectionError("away"), retry_on=(OSError,))
    assert handler.snapshot().state == "streaming"
    worker = SSEHandler.attach(handler.stream_id)
    with worker.component("text") as text:
        assert text.attempt == 2
        text.send("text", chunk="Hello")
        worker.send("text", chunk=" all")
    end = list(Decoder().feed(b"".join(handler)))[-1].json()
    assert end["type"] == "complete"
    assert end["components"]["text"]["attempt"] == 2
    assert end["components"]["text"]["frames"] == 2  # those of the attempt that counts
    assert text_of(handler) == "Hello all"
    assert [
        (each["status"], each.get("attempt"), each.get("restart")) for each in told(handler)
    ] == [
        ("pending", None, None),
        ("pending", 2, None),
        ("pending", 2, True),
        ("complete", 2, None),
    ]


def test_an_attempt_may_resume_what_the_one_before_had(store: Callable[..., None]) -> None:
    handler = SSEHandler()
    handler.register_component("text", attempts=2)
    fail(handler, "Hel", ConnectionError("away"), retry_on=(OSError,))
    assert text_of(handler) == "Hel"
    with handler.component("text", resume=True) as text:
        text.send("text", chunk="lo")
    assert text_of(handler) == "Hello"
    assert [each["restart"] for each in told(handler) if "restart" in each] == [False]


def test_whoever_enters_takes_over_and_the_earlier_attempt_may_send_no_more(
    store: Callable[..., None],
) -> None:
    """A task is delivered again while the process that had it is silent, and not yet lost."""
    handler = SSEHandler()
    handler.register_component("text", attempts=2)
    first = SSEHandler.attach(handler.stream_id).component("text")
    first.__enter__()
    first.send("text", chunk="of the first")
    with SSEHandler.attach(handler.stream_id).component("text") as second:
        assert (first.attempt, second.attempt) == (1, 2)
        with contextlib.suppress(StreamEnded):  # over a shared store it is dropped there
            first.send("text", chunk="late")
        first.__exit__(None, None, None)  # it settles nothing
        second.send("text", chunk="of the second")
        with pytest.raises(AlreadyRegistered, match="attempt 2 of 2"):
            SSEHandler.attach(handler.stream_id).component("text").__enter__()
    assert handler.is_complete.wait(TIMEOUT)
    assert text_of(handler) == "of the second"


@pytest.mark.parametrize(
    ("error", "options"),
    [
        (ValueError("wrong"), {"retry_on": (OSError,)}),
        (OSError("away"), {}),
        (asyncio.CancelledError(), {"retry_on": (OSError,)}),
    ],
)
def test_other_failures_condemn_the_stream_at_once(
    error: BaseException, options: dict[str, Any]
) -> None:
    handler = SSEHandler()
    handler.register_component("text", attempts=3)
    fail(handler, "Hel", error, **options)
    assert handler.snapshot().state == "errored"


def test_the_last_attempt_condemns_the_stream() -> None:
    handler = SSEHandler()
    handler.register_component("text", attempts=2)
    for _ in range(2):
        fail(handler, "Hel", OSError("away"), retry_on=(OSError,))
    snapshot = handler.snapshot()
    assert (snapshot.state, snapshot.verdict) == ("errored", "component_failed")
    assert snapshot.ledger()["text"]["attempt"] == 2


def test_nothing_is_done_again_after_a_stop() -> None:
    handler = SSEHandler()
    handler.register_component("text", attempts=3)
    handler.stop("owner")
    fail(handler, "Hel", OSError("away"), retry_on=(OSError,))
    assert handler.snapshot().ledger()["text"]["status"] == "failed"


def test_an_attempt_that_nobody_makes_is_lost(settings: Settings) -> None:
    settings.SSE_PIPELINE = {"CLAIM_TIMEOUT": 0.05}
    handler = SSEHandler()
    handler.register_component("text", attempts=3)
    fail(handler, "Hel", OSError("away"), retry_on=(OSError,))
    assert handler.is_complete.wait(TIMEOUT)
    entry = handler.snapshot().ledger()["text"]
    assert (entry["status"], entry["reason"]) == ("lost", "nobody took it for 0.05 s")


async def test_attempts_in_a_loop(store: Callable[..., None]) -> None:
    handler = SSEHandler()
    for chunk in ("Hel", "Hello"):
        try:
            async with handler.component("text", attempts=2, retry_on=(OSError,)) as text:
                await text.asend("text", chunk=chunk)
                if text.attempt == 1:
                    raise OSError("away")
        except OSError:
            pass
    await asyncio.wait_for(handler.ended(), TIMEOUT)
    content = await handler.acontent()
    assert content.components["text"].events["text"]["chunk"] == "Hello"


def test_attempts_are_an_option() -> None:
    with pytest.raises(InvalidComponent, match=r"^attempts: "):
        SSEHandler().register_component("text", attempts=0)
    handler = SSEHandler()
    handler.register_component("text", attempts=2)
    with pytest.raises(AlreadyRegistered, match="attempts=2, not 3"):
        handler.register_component("text", attempts=3)


@pytest.mark.parametrize("end", ["stop", "cancel"])
def test_an_attempt_that_comes_after_a_stop_forgets_nothing(
    store: Callable[..., None], end: str
) -> None:
    store()
    handler = SSEHandler()
    handler.register_component("text", attempts=3, claim=False)
    handler.component("text").__enter__().send("text", chunk="Hello")
    getattr(handler, end)()
    with SSEHandler.attach(handler.stream_id).component("text") as text:
        assert text.attempt == 2
    assert text_of(handler) == "Hello"
    assert [each["restart"] for each in told(handler) if "restart" in each] == [False]
