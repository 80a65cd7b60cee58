"""Finalizers: what the library calls when all other components of a stream have settled."""

import asyncio
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pytest_django import Settings

from sse_pipeline import Finalization, SSEHandler, StreamEnded, make_finalizer, stores
from sse_pipeline.exceptions import AlreadyRegistered
from sse_pipeline.lifecycle.status import waiting_for
from sse_pipeline.streams.finalizing import finalizing
from sse_pipeline.testing import Decoder, Event
from sse_pipeline.testing.subject import TIMEOUT

#: What each finalizer of a test got, by the name of its component.
calls: defaultdict[str, list[Finalization]] = defaultdict(list)
release = threading.Event()
running = threading.Event()


@pytest.fixture(autouse=True)
def nothing_called() -> Iterator[None]:
    calls.clear()
    release.clear()
    running.clear()
    yield
    release.set()


def save(finalization: Finalization, **arguments: Any) -> dict[str, Any]:
    calls[finalization.name].append(finalization)
    return arguments


async def save_later(finalization: Finalization) -> None:
    await asyncio.sleep(0)
    calls[finalization.name].append(finalization)


def fail_once(finalization: Finalization) -> None:
    calls[finalization.name].append(finalization)
    if finalization.attempt == 1:
        raise OSError("away")


def fail(finalization: Finalization) -> None:
    calls[finalization.name].append(finalization)
    raise OSError("away")


def hang(finalization: Finalization) -> None:
    calls[finalization.name].append(finalization)
    running.set()
    release.wait(TIMEOUT)


def hang_first(finalization: Finalization) -> None:
    (hang if finalization.attempt == 1 else save)(finalization)


async def hang_in_a_loop(finalization: Finalization) -> None:
    try:
        await asyncio.Event().wait()
    finally:
        release.set()


def send_more(finalization: Finalization) -> dict[str, int]:
    SSEHandler.attach(finalization.stream_id).send("saved", number=7)
    return {"number": 7}


def read(handler: SSEHandler) -> list[Event]:
    return list(Decoder().feed(b"".join(handler)))


def told(events: list[Event], name: str) -> list[str]:
    """Return what readers were told of a component."""
    documents = [event.json() for event in events if event.event == "component"]
    return [each["status"] for each in documents if each["component"] == name]


def test_a_finalizer_gets_the_content_and_complete_means_saved(store: Callable[..., None]) -> None:
    handler = SSEHandler(owner="ann")
    handler.finalize("save", save, arguments={"conversation": 7})
    handler.register_component("text")
    handler.send("text", chunk="Hello")  # of the text: a finalizer sends nothing by itself
    handler.mark_component_complete("text")
    assert handler.is_complete.wait(TIMEOUT)
    (finalization,) = calls["save"]
    text = finalization.content.components["text"]
    assert (text.events, text.whole) == ({"text": {"chunk": "Hello"}}, True)
    assert (finalization.owner, finalization.attempt, finalization.verdict) == ("ann", 1, None)
    events = read(handler)
    assert told(events, "save") == ["pending", "complete"]
    draining = next(event.json() for event in events if event.event == "draining")
    assert (draining["reason"], draining["waiting_for"]) == ("finalize", ["save"])
    assert events[-1].event == "complete"
    assert events[-1].json()["components"]["save"]["summary"] == {"conversation": 7}


async def test_an_asynchronous_finalizer_in_a_loop(store: Callable[..., None]) -> None:
    handler = SSEHandler(components=[make_finalizer("save", f"{__name__}.save_later")])
    async with handler.component("text") as text:
        await text.asend("text", chunk="Hello")
    await handler.ended()
    assert len(calls["save"]) == 1
    assert (await handler.asnapshot()).state == "complete"


def test_a_finalizer_that_fails_is_run_again_with_the_same_token(
    store: Callable[..., None],
) -> None:
    store(FINALIZER_PAUSE=0.01)
    handler = SSEHandler(components=["text"])
    handler.finalize("save", fail_once)
    handler.mark_component_complete("text")
    assert handler.is_complete.wait(TIMEOUT)
    first, second = calls["save"]
    assert (first.attempt, second.attempt) == (1, 2)
    assert first.token == second.token
    assert handler.snapshot().ledger()["save"]["attempt"] == 2
    assert read(handler)[-1].event == "complete"


@pytest.mark.parametrize(("required", "end"), [(True, "errored"), (False, "complete")])
def test_a_finalizer_that_never_succeeds(settings: Settings, required: bool, end: str) -> None:
    settings.SSE_PIPELINE = {"FINALIZER_PAUSE": 0.001}
    handler = SSEHandler(components=["text"])
    handler.finalize("save", fail, required=required, attempts=3)
    handler.mark_component_complete("text")
    assert handler.is_complete.wait(TIMEOUT)
    assert len(calls["save"]) == 3
    events = read(handler)
    assert events[-1].event == end
    assert events[-1].json()["components"]["save"]["status"] == "failed"
    assert [event.json()["component"] for event in events if event.event == "stream_error"] == [
        "save"
    ] * required


def test_finalizers_run_after_a_stop_and_the_stream_ends_complete() -> None:
    handler = SSEHandler(components=["text"])
    handler.finalize("save", save)
    handler.send("text", chunk="Hel")
    handler.stop("owner", heard_offset=2)
    handler.fail_component("text", asyncio.CancelledError())
    assert handler.is_complete.wait(TIMEOUT)
    (finalization,) = calls["save"]
    assert finalization.stopped
    assert not finalization.content.components["text"].whole
    assert finalization.content.stopped is not None
    assert finalization.content.stopped.heard_offset == 2
    end = read(handler)[-1].json()
    assert (end["type"], end["stopped"]) == ("complete", True)


def test_a_finalizer_that_fails_after_a_stop_is_not_complete() -> None:
    handler = SSEHandler(components=["text"])
    handler.finalize("save", fail, attempts=1)
    handler.stop("owner")
    handler.fail_component("text", asyncio.CancelledError())
    assert handler.is_complete.wait(TIMEOUT)
    end = read(handler)[-1].json()
    assert (end["type"], end["reason"], end["stopped"]) == ("errored", "component_failed", True)


@pytest.mark.parametrize("how", ["fails", "is cancelled", "is late"])
def test_finalizers_run_with_what_there_is_when_the_stream_is_condemned(
    settings: Settings, how: str
) -> None:
    settings.SSE_PIPELINE = {"DEADLINE": 0.05 if how == "is late" else 60.0}
    handler = SSEHandler(components=["text"])
    handler.finalize("save", save)
    handler.send("text", chunk="Hel")
    if how == "fails":
        handler.fail_component("text", "broken")
    elif how == "is cancelled":
        handler.cancel()
        handler.fail_component("text", asyncio.CancelledError())
    assert handler.is_complete.wait(TIMEOUT)
    (finalization,) = calls["save"]
    reason = {"fails": "component_failed", "is cancelled": "cancelled", "is late": "timeout"}[how]
    assert (finalization.verdict, finalization.stopped) == (reason, False)
    assert finalization.content.components["text"].events["text"]["chunk"] == "Hel"
    end = read(handler)[-1].json()
    assert (end["type"], end["reason"]) == ("errored", reason)
    assert end["components"]["save"]["status"] == "complete"


def test_several_run_one_after_another_and_may_send() -> None:
    handler = SSEHandler(components=["text"])
    handler.finalize("save", send_more)
    handler.finalize("tell", save)
    handler.mark_component_complete("text")
    assert handler.is_complete.wait(TIMEOUT)
    (finalization,) = calls["tell"]
    assert finalization.content.components["save"].status == "complete"
    assert [event.event for event in read(handler)].count("saved") == 1


def test_a_run_that_takes_too_long_is_given_up_and_counts_no_more(settings: Settings) -> None:
    settings.SSE_PIPELINE = {"FINALIZE_LIMIT": 0.2}
    handler = SSEHandler(components=["text"])
    handler.finalize("save", hang, timeout=0.05, attempts=1)
    handler.finalize("tell", hang, timeout=60.0)
    handler.mark_component_complete("text")
    assert handler.is_complete.wait(TIMEOUT)
    statuses = {name: each["status"] for name, each in handler.snapshot().ledger().items()}
    assert statuses == {"text": "complete", "save": "timed_out", "tell": "abandoned"}
    assert handler.snapshot().verdict == "timeout"


@pytest.fixture
def one_at_a_time(settings: Settings) -> Iterator[None]:
    settings.SSE_PIPELINE = {"FINALIZERS": 1, "FINALIZER_PAUSE": 0.01}
    finalizing().start_clean()
    yield
    finalizing().start_clean()


@pytest.mark.usefixtures("one_at_a_time")
def test_a_call_that_hangs_holds_up_neither_its_stream_nor_others() -> None:
    handler, other = (SSEHandler(components=["text"]) for _ in range(2))
    handler.finalize("save", hang_first, timeout=0.05)
    handler.finalize("tell", save)
    other.finalize("save", save)
    for each in (handler, other):
        each.mark_component_complete("text")
        assert each.is_complete.wait(TIMEOUT)
    assert {each["status"] for each in handler.snapshot().ledger().values()} == {"complete"}
    attempts = [each.attempt for each in calls["save"] if each.stream_id == handler.stream_id]
    assert attempts[:2] == [1, 2]  # on a busy machine the second one may be too late as well
    assert not release.is_set()


def test_a_coroutine_whose_time_is_over_is_cancelled() -> None:
    handler = SSEHandler(components=["text"])
    handler.finalize("save", hang_in_a_loop, timeout=0.05, attempts=1)
    handler.mark_component_complete("text")
    assert handler.is_complete.wait(TIMEOUT)
    assert handler.snapshot().ledger()["save"]["status"] == "timed_out"
    assert release.wait(TIMEOUT / 2)


def test_what_comes_while_a_finalizer_runs_changes_nothing() -> None:
    handler = SSEHandler(components=["text"])
    handler.finalize("save", hang)
    handler.mark_component_complete("text")
    assert running.wait(TIMEOUT)
    assert not handler.cancel()
    assert not handler.stop()
    assert not handler.send_error("too late")
    assert not handler.fail_component("save", "by hand")
    assert not handler.mark_component_complete("save")
    sentence = waiting_for(handler.snapshot(), stores.current().now())
    assert str(sentence).startswith("save: runs, attempt 1 of 5, for 0.")
    release.set()
    assert handler.is_complete.wait(TIMEOUT)
    assert read(handler)[-1].event == "complete"


def test_a_name_stands_for_one_finalizer() -> None:
    handler = SSEHandler(components=["text"])
    handler.finalize("save", save)
    handler.finalize("save", f"{__name__}:save")
    with pytest.raises(AlreadyRegistered, match="finalizer="):
        handler.finalize("save", fail)
    with pytest.raises(AlreadyRegistered), handler.component("save"):
        pass
    handler.mark_component_complete("text")
    handler.is_complete.wait(TIMEOUT)
    with pytest.raises(StreamEnded):
        handler.finalize("again", save)


def test_a_call_that_the_site_did_not_sign_is_not_made(settings: Settings) -> None:
    finalizer = make_finalizer("save", save, attempts=1)
    settings.SECRET_KEY = "of another site"
    handler = SSEHandler(components=["text", finalizer])
    handler.mark_component_complete("text")
    assert handler.is_complete.wait(TIMEOUT)
    assert handler.snapshot().ledger()["save"]["status"] == "failed"
    assert not calls["save"]
