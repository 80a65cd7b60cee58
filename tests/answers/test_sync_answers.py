"""An answer that a thread produces, of this process or of a worker."""

import re
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import SynchronousOnlyOperation
from django.test import RequestFactory

from harness.answering import ending, named, order, read, speech
from harness.servers import ROOT
from harness.speech.speech_recorder import PATIENCE, obedient_engine
from sse_pipeline import SSEHandler
from sse_pipeline.answers import SPEECH, TEXT, Answer, Speech, components
from sse_pipeline.exceptions import StreamEnded
from sse_pipeline.lifecycle.registry import Status

DOCUMENT = (ROOT / "docs" / "answers.md").read_text()


def in_thread(call: Callable[..., None], *arguments: Any) -> threading.Thread:
    thread = threading.Thread(target=call, args=arguments, daemon=True)
    thread.start()
    return thread


def finished(thread: threading.Thread) -> bool:
    thread.join(PATIENCE)
    return not thread.is_alive()


def test_a_thread_sends_the_text_and_then_the_speech() -> None:
    handler = SSEHandler()
    Answer(handler, speech(handler)).run_sync(["One. ", "Two."])
    assert handler.is_complete.is_set()
    ledger = handler.snapshot().ledger()
    assert {name: each["status"] for name, each in ledger.items()} == {
        TEXT: "complete",
        SPEECH: "complete",
    }
    assert ledger[TEXT]["frames"] == 2


async def test_it_sends_the_frames_that_an_event_loop_sends() -> None:
    handler = SSEHandler()
    assert finished(in_thread(Answer(handler, speech(handler)).run_sync, iter(["Hel", "lo."])))
    events = await read(handler)
    assert named(events, "text") == [
        {"type": "text", "chunk": "Hel", "offset": 0},
        {"type": "text", "chunk": "lo.", "offset": 3},
    ]
    assert order(events) == [TEXT, SPEECH]
    assert named(events, "draining")[0]["waiting_for"] == [SPEECH]


async def test_chunks_that_fail_fail_the_text_and_are_closed() -> None:
    closed = threading.Event()

    def chunks() -> Iterator[str]:
        try:
            yield "One."
            raise RuntimeError("a secret")
        finally:
            closed.set()

    handler = SSEHandler()
    assert finished(in_thread(Answer(handler, speech(handler)).run_sync, chunks()))
    assert ending(await read(handler))[:2] == ("errored", "component_failed")
    assert closed.is_set()


@pytest.mark.parametrize("way", ["cancel", "stop"])
async def test_a_stop_or_a_cancel_is_heard_between_two_chunks(way: str) -> None:
    begun, told, closed = threading.Event(), threading.Event(), threading.Event()

    def chunks() -> Iterator[str]:
        try:
            yield "One.\n"
            begun.set()
            told.wait(PATIENCE)
            yield "Two.\n"
        finally:
            closed.set()

    handler = SSEHandler()
    thread = in_thread(Answer(handler, speech(handler)).run_sync, chunks())
    assert begun.wait(PATIENCE)
    getattr(handler, way)()
    told.set()
    assert finished(thread)
    assert closed.is_set()
    state, _, statuses = ending(await read(handler))
    settled = "stopped" if way == "stop" else "cancelled"
    assert (state, statuses) == (
        "complete" if way == "stop" else "errored",
        dict.fromkeys((TEXT, SPEECH), settled),
    )


async def test_a_cancel_while_the_speech_goes_on_silences_it() -> None:
    handler, engine = SSEHandler(), obedient_engine()
    answer = Answer(handler, Speech(handler, {"engine": engine}))
    thread = in_thread(answer.run_sync, ["One.\nstall\nTwo.\n"])
    assert engine.stalled.wait(PATIENCE)
    handler.cancel()
    assert finished(thread)
    assert ending(await read(handler))[2][SPEECH] == "cancelled"


def test_an_answer_that_was_cancelled_before_asks_for_no_chunk() -> None:
    asked = False

    def chunks() -> Iterator[str]:
        nonlocal asked
        asked = True
        yield "One."

    handler = SSEHandler(components=components(speech=False, claim=False))
    handler.cancel()
    Answer(handler).run_sync(chunks())
    assert not asked
    assert handler.snapshot().ledger()[TEXT]["status"] == "cancelled"
    with pytest.raises(StreamEnded):
        Answer(handler).run_sync(chunks())


async def test_an_event_loop_is_refused() -> None:
    with pytest.raises(SynchronousOnlyOperation, match="use run"):
        Answer(SSEHandler()).run_sync(["One."])


def test_the_components_of_a_worker_wait_for_it() -> None:
    for declared in components(speech=True, claim=False):
        assert declared.claim_within == 60.0
    assert [each.claim_within for each in components(speech=True)] == [None, None]


def test_a_claimed_component_keeps_the_options_that_it_was_declared_with() -> None:
    handler = SSEHandler()
    handler.register_component("late", required=False, timeout=7, claim=False)
    with SSEHandler.attach(handler.stream_id).component("late"):
        late = handler.snapshot().registry.components["late"]
        assert (late.required, late.timeout, late.status) == (False, 7, Status.PENDING)
    assert handler.is_complete.is_set()


async def test_the_answers_of_the_document_stream(rf: RequestFactory) -> None:
    handed: list[str] = []
    names: dict[str, Any] = {"tokens": lambda: ["One. ", "Two."]}
    for block in re.findall(r"```python\n(.*?)```", DOCUMENT, re.DOTALL):
        exec(block, names)
    names["Speech"] = lambda handler, _: speech(handler)
    request = rf.post("/")
    request.user = AnonymousUser()
    assert names["ask"](request).status_code == 200
    assert names["ask_worker"](request, handed.append).status_code == 200
    assert finished(in_thread(names["produce_in_worker"], *handed))
    assert ending(await read(SSEHandler.attach(handed[0])))[0] == "complete"
    assert [each.name for each in names["handler"].snapshot().registry] == [
        TEXT, SPEECH, "retrieval",
    ]  # fmt: skip
