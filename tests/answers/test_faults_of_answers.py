"""An answer whose text or speech fails."""

import asyncio
from collections.abc import AsyncIterator
from threading import Event, Thread
from typing import Any

import pytest

from harness.answering import (
    Deaf,
    Endless,
    Patient,
    break_off,
    ending,
    named,
    never_end,
    produce,
    read,
    say,
    speech,
)
from harness.speech.speech_recorder import PATIENCE
from sse_pipeline import SSEHandler, stores
from sse_pipeline.answers import SPEECH, TEXT, Answer
from sse_pipeline.exceptions import StoreUnavailable
from sse_pipeline.stores.memory import MemoryStore
from sse_pipeline.tts import TTSStreamer


@pytest.mark.parametrize("streamer", [Deaf, Endless])
@pytest.mark.parametrize("chunks", [(), ("One. ",), ("One. ", "Two. ", "Three")])
async def test_a_speech_that_raises_leaves_the_text(
    streamer: type[TTSStreamer], chunks: tuple[str, ...]
) -> None:
    handler = SSEHandler()
    events = await produce(handler, say(*chunks), speech(handler, streamer))
    if streamer is Deaf and not chunks:
        assert ending(events) == ("complete", None, {TEXT: "complete", SPEECH: "complete"})
        return
    assert ending(events) == ("complete", None, {TEXT: "complete", SPEECH: "failed"})
    assert "".join(each["chunk"] for each in named(events, "text")) == "".join(chunks)
    assert named(events, "stream_error") == []
    assert not any("secret" in event.data for event in events)


async def test_a_speech_that_failed_is_fed_no_more(caplog: pytest.LogCaptureFixture) -> None:
    handler = SSEHandler()
    voice = speech(handler, Patient)
    events = await produce(handler, say(*["One. "] * 20), voice)
    assert ending(events) == ("complete", None, {TEXT: "complete", SPEECH: "failed"})
    assert isinstance(voice.streamer, Patient)
    assert voice.streamer.fed == 3
    assert await asyncio.to_thread(voice.streamer.wait, PATIENCE)  # the log is written by then
    told = [each for each in caplog.records if handler.stream_id in each.getMessage()]
    assert [each.levelname for each in told].count("ERROR") == 1


@pytest.mark.parametrize("text", ["refuse", "refuse\ncrash\nempty", "abort"])
async def test_a_speech_of_which_nothing_was_heard_has_failed(text: str) -> None:
    handler = SSEHandler()
    events = await produce(handler, say(text), speech(handler))
    assert ending(events) == ("complete", None, {TEXT: "complete", SPEECH: "failed"})
    assert {each["status"] for each in named(events, "segment")} == {"failed"}


async def test_a_segment_that_fails_is_told_of_and_the_rest_is_heard() -> None:
    handler = SSEHandler()
    events = await produce(handler, say("One.\ncrash\nTwo."), speech(handler))
    assert ending(events) == ("complete", None, {TEXT: "complete", SPEECH: "complete"})
    assert [each["status"] for each in named(events, "segment")] == ["audio", "failed", "audio"]
    assert not any("secret" in event.data for event in events)


async def test_an_answer_that_needs_its_speech_fails_with_it() -> None:
    handler = SSEHandler()
    events = await produce(handler, say("refuse"), speech(handler, required=True))
    statuses = {TEXT: "complete", SPEECH: "failed"}
    assert ending(events) == ("errored", "component_failed", statuses)


async def test_a_text_stops_when_the_speech_that_it_needs_has_failed() -> None:
    handler = SSEHandler()
    events = await produce(handler, never_end("One."), speech(handler, Deaf, required=True))
    statuses = {TEXT: "cancelled", SPEECH: "failed"}
    assert ending(events) == ("errored", "component_failed", statuses)


async def test_a_frame_of_speech_that_is_refused_ends_the_stream(settings: Any) -> None:
    settings.SSE_PIPELINE = {"MAX_FRAME_BYTES": 200}
    handler = SSEHandler()
    events = await produce(handler, never_end("x" * 50 + ".\n"), speech(handler))
    assert ending(events)[:2] == ("errored", "overflow")


async def test_a_frame_of_speech_that_can_not_be_sent_fails_it() -> None:
    handler = SSEHandler()
    voice = speech(handler)

    async def text() -> AsyncIterator[str]:
        yield "One. "
        voice.streamer.feed("x\ud800\n")

    events = await produce(handler, text(), voice)
    assert ending(events) == ("complete", None, {TEXT: "complete", SPEECH: "failed"})


@pytest.mark.parametrize("spoken", [True, False])
@pytest.mark.parametrize("chunks", [(), ("One. ", "stall\n")])
async def test_a_text_that_raises_takes_its_speech_along(
    spoken: bool, chunks: tuple[str, ...]
) -> None:
    handler = SSEHandler()
    voice = speech(handler) if spoken else None
    events = await produce(handler, break_off(*chunks), voice)
    statuses = {TEXT: "failed", **({SPEECH: "cancelled"} if spoken else {})}
    assert ending(events) == ("errored", "component_failed", statuses)
    error = named(events, "stream_error")[0]
    assert (error["component"], error["message"]) == (TEXT, f"Component {TEXT} failed")
    assert not any("secret" in event.data for event in events)
    assert (
        events[-1].json()["components"][TEXT]["ms"] < 1000 * handler.snapshot().limits.drain_limit
    )


async def test_an_error_is_shown_where_the_settings_say_so(settings: Any) -> None:
    settings.SSE_PIPELINE = {"EXPOSE_ERRORS": True}
    events = await produce(SSEHandler(), break_off("One."))
    assert named(events, "stream_error")[0]["message"] == "a secret"


async def test_a_text_that_can_not_be_sent_fails() -> None:
    handler = SSEHandler()
    closed = asyncio.Event()

    async def broken() -> AsyncIterator[str]:
        try:
            yield "\ud800"
        finally:
            closed.set()

    events = await produce(handler, broken(), speech(handler))
    assert ending(events)[:2] == ("errored", "component_failed")
    assert closed.is_set()


async def test_any_asynchronous_iterable_will_do() -> None:
    class Words:
        def __aiter__(self) -> AsyncIterator[str]:
            return say("One.")

    handler = SSEHandler()
    answer = Answer(handler)
    await answer.open()
    await answer.run(Words())
    assert ending(await read(handler))[0] == "complete"


async def test_a_silent_text_times_out_and_takes_its_speech_along(settings: Any) -> None:
    settings.SSE_PIPELINE = {"COMPONENT_TIMEOUT": 0.05}
    handler = SSEHandler()
    events = await produce(handler, never_end("stall\n"), speech(handler))
    assert ending(events)[:2] == ("errored", "timeout")
    assert ending(events)[2][TEXT] == "timed_out"


class UnclaimedStore(MemoryStore):
    """A store in which no component can be claimed."""

    def claim(self, stream_id: str, component: str) -> None:
        raise StoreUnavailable("the claim was made to fail")


async def test_a_text_that_can_not_begin_fails_at_once(settings: Any) -> None:
    settings.SSE_PIPELINE = {"STORE": f"{__name__}.UnclaimedStore"}
    events = await produce(SSEHandler(), say("One."))
    assert ending(events) == ("errored", "component_failed", {TEXT: "failed"})


def test_an_answer_in_a_thread_ends_with_its_store() -> None:
    began = Event()

    async def text() -> AsyncIterator[str]:
        yield "One."
        began.set()
        await asyncio.Event().wait()

    def work() -> None:
        with pytest.raises(StoreUnavailable, match="closed"):
            asyncio.run(produce(SSEHandler(), text()))

    thread = Thread(target=work)
    thread.start()
    assert began.wait(PATIENCE)
    stores.reset()
    thread.join(PATIENCE)
    assert not thread.is_alive()
