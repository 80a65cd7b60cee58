"""An answer: its text and its speech in one stream, whatever becomes of either."""

import asyncio
import base64
from array import array
from collections.abc import AsyncIterator, Iterable
from itertools import pairwise
from typing import Any

import pytest

from harness.speech.speech_recorder import PATIENCE, obedient_engine
from project.recital import recite
from sse_pipeline import SSEHandler
from sse_pipeline.answers import SPEECH, TEXT, Answer, Speech
from sse_pipeline.exceptions import StreamEnded
from sse_pipeline.testing import Decoder, Event
from sse_pipeline.testing.speech import CHARACTER
from sse_pipeline.tts import TTSStreamer

PARAGRAPHS = (
    "Dr. Ada met Mr. Bo at 9 a.m. They paid $3.50 for tea.\n\n"
    "It was a good day \N{GRINNING FACE}\N{EMOJI MODIFIER FITZPATRICK TYPE-4}, and warm.\n\n"
    "\u4f60\u597d\uff0c\u4e16\u754c\u3002 So they said, and left."
)


async def say(*chunks: str) -> AsyncIterator[str]:
    for chunk in chunks:
        await asyncio.sleep(0)
        yield chunk


async def break_off(*chunks: str) -> AsyncIterator[str]:
    for chunk in chunks:
        yield chunk
    raise RuntimeError("a secret")


async def never_end(*chunks: str) -> AsyncIterator[str]:
    for chunk in chunks:
        yield chunk
    await asyncio.Event().wait()


class Deaf(TTSStreamer):
    """Takes no text."""

    def feed(self, text: str) -> None:
        raise RuntimeError("a secret")


class Endless(TTSStreamer):
    """Can't be told of the end."""

    def end_input(self) -> None:
        raise RuntimeError("a secret")


class Patient(TTSStreamer):
    """Raises after some text."""

    fed = 0

    def feed(self, text: str) -> None:
        self.fed += 1
        super().feed(text)
        if self.fed >= 3:
            raise RuntimeError("a secret")


def speech(handler: SSEHandler, streamer: type[TTSStreamer] = TTSStreamer, **config: Any) -> Speech:
    config = {"engine": obedient_engine(), "min_characters": 0, **config}
    return Speech(handler, config, streamer)


async def produce(
    handler: SSEHandler, chunks: AsyncIterator[str], voice: Speech | None = None
) -> list[Event]:
    """Run an answer to its end; return what its readers had."""
    answer = Answer(handler, voice)
    await answer.open()
    await asyncio.wait_for(answer.run(chunks), PATIENCE)
    return await read(handler)


async def read(handler: SSEHandler) -> list[Event]:
    decoder = Decoder()
    async with asyncio.timeout(PATIENCE):
        events = [event async for frame in handler for event in decoder.feed(frame)]
    assert [int(event.id) for event in events] == list(range(1, len(events) + 1))
    terminal = [event for event in events if event.event in ("complete", "errored")]
    assert terminal == events[-1:]
    return events


def named(events: Iterable[Event], *names: str) -> list[dict[str, Any]]:
    return [event.json() for event in events if event.event in names]


def ending(events: list[Event]) -> tuple[str, str | None, dict[str, str]]:
    """Return how a stream ended: the terminal event, its reason and the status of each."""
    end = events[-1].json()
    statuses = {name: entry["status"] for name, entry in end["components"].items()}
    return events[-1].event, end.get("reason"), statuses


def order(events: list[Event]) -> list[str]:
    """Return the settlements, in their order."""
    settled = [each for each in named(events, "component") if each["status"] != "pending"]
    return [each["component"] for each in settled]


# The two of them


async def test_text_alone() -> None:
    events = await produce(SSEHandler(), say("Hel", "lo."))
    assert [event.event for event in events] == [
        "stream", "component", "text", "text", "component", "complete",
    ]  # fmt: skip
    assert named(events, "text") == [
        {"type": "text", "chunk": "Hel", "offset": 0},
        {"type": "text", "chunk": "lo.", "offset": 3},
    ]
    assert ending(events) == ("complete", None, {TEXT: "complete"})


async def test_the_speech_comes_last() -> None:
    handler = SSEHandler()
    events = await produce(handler, say("One. ", "Two. Three"), speech(handler))
    assert order(events) == [TEXT, SPEECH]
    assert ending(events) == ("complete", None, {TEXT: "complete", SPEECH: "complete"})
    assert [each["segment"] for each in named(events, "segment")] == [1, 2, 3]
    assert {each["status"] for each in named(events, "segment")} == {"audio"}


async def test_the_speech_is_ended_before_the_text() -> None:
    handler = SSEHandler()
    voice = speech(handler)

    async def wait_for_silence() -> AsyncIterator[str]:
        yield "One."
        voice.streamer.end_input()
        await asyncio.to_thread(voice.streamer.wait, PATIENCE)
        yield ""

    events = await produce(handler, wait_for_silence(), voice)
    assert order(events) == [SPEECH, TEXT]
    assert ending(events) == ("complete", None, {TEXT: "complete", SPEECH: "complete"})


@pytest.mark.parametrize("chunks", [(), ("",), (" \n",), ("...", "?!")])
async def test_nothing_to_speak_is_a_success(chunks: tuple[str, ...]) -> None:
    handler = SSEHandler()
    events = await produce(handler, say(*chunks), speech(handler))
    assert ending(events) == ("complete", None, {TEXT: "complete", SPEECH: "complete"})
    assert named(events, "audio", "words") == []


async def test_frames_of_speech_have_what_a_player_needs() -> None:
    handler = SSEHandler()
    events = await produce(handler, say("Hello."), speech(handler))
    first, second = named(events, "audio")
    for chunk in (first, second):
        assert base64.b64decode(chunk.pop("audio")) == b"\x01\x00" * 3 * CHARACTER
    assert first == {
        "type": "audio", "segment": 1, "index": 0, "codec": "pcm_s16le",
        "sample_rate": 1000, "channels": 1, "start_ms": 0, "duration_ms": 60,
    }  # fmt: skip
    assert (second["index"], second["start_ms"]) == (1, 60)
    assert named(events, "words") == [
        {
            "type": "words", "segment": 1, "source": "aligned",
            "words": [{"word": "Hello.", "start_ms": 0, "end_ms": 120, "from": 0, "to": 6}],
        }
    ]  # fmt: skip
    (segment,) = named(events, "segment")
    times = [segment.pop(f"{each}_ms") for each in ("queued", "first_audio", "synthesis")]
    assert all(0 <= each < 1000 * PATIENCE for each in times)
    assert times[1] <= times[2]
    assert segment == {
        "type": "segment", "segment": 1, "status": "audio", "from": 0, "to": 6,
        "duration_ms": 120, "reason": None,
    }  # fmt: skip


async def test_the_ledger_says_what_became_of_the_speech() -> None:
    handler = SSEHandler()
    events = await produce(handler, say("Hello.\n...\nrefuse.\n"), speech(handler))
    ledger = events[-1].json()["components"]
    assert (ledger[TEXT]["frames"], ledger[SPEECH]["frames"]) == (1, 6)
    assert "summary" not in ledger[TEXT]
    assert ledger[SPEECH]["summary"] == {
        "segments": {"audio": 1, "skipped": 1, "failed": 1, "cancelled": 0},
        "characters": {"in": 19, "spoken": 7, "skipped": 4},
        "audio_ms": 7 * CHARACTER,
    }


async def test_the_note_of_a_speech_is_in_the_status() -> None:
    handler = SSEHandler()
    await produce(handler, say("One."), speech(handler))
    assert handler.snapshot().traffic.components[SPEECH].note == "segment 1: speaking"


# The speech fails


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
    assert named(events, "stream_error", "draining") == []
    assert not any("secret" in event.data for event in events)


async def test_a_speech_that_failed_is_fed_no_more(caplog: pytest.LogCaptureFixture) -> None:
    handler = SSEHandler()
    voice = speech(handler, Patient)
    events = await produce(handler, say(*["One. "] * 20), voice)
    assert ending(events) == ("complete", None, {TEXT: "complete", SPEECH: "failed"})
    assert isinstance(voice.streamer, Patient)
    assert voice.streamer.fed == 3
    assert await asyncio.to_thread(voice.streamer.wait, PATIENCE)  # the log is written by then
    assert [record.levelname for record in caplog.records].count("ERROR") == 1


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
    events = await produce(handler, never_end("x" * 50 + "\n"), speech(handler))
    assert ending(events)[:2] == ("errored", "overflow")


async def test_a_frame_of_speech_that_can_not_be_sent_fails_it() -> None:
    handler = SSEHandler()
    voice = speech(handler)

    async def text() -> AsyncIterator[str]:
        yield "One. "
        voice.streamer.feed("x\ud800\n")

    events = await produce(handler, text(), voice)
    assert ending(events) == ("complete", None, {TEXT: "complete", SPEECH: "failed"})


# The text fails


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


# Cancelling


async def running(
    handler: SSEHandler, chunks: AsyncIterator[str], voice: Speech | None
) -> "asyncio.Task[None]":
    answer = Answer(handler, voice)
    await answer.open()
    return asyncio.create_task(answer.run(chunks))


async def test_a_cancel_in_the_middle_stops_both() -> None:
    handler = SSEHandler()
    engine = obedient_engine()
    stopped = asyncio.Event()

    async def text() -> AsyncIterator[str]:
        try:
            yield "One.\nstall\nTwo.\n"
            await asyncio.Event().wait()
        finally:
            stopped.set()

    task = await running(handler, text(), Speech(handler, {"engine": engine}))
    assert await asyncio.to_thread(engine.stalled.wait, PATIENCE)
    await handler.acancel()
    await asyncio.wait_for(task, PATIENCE)
    events = await read(handler)
    assert ending(events) == ("errored", "cancelled", {TEXT: "cancelled", SPEECH: "cancelled"})
    assert stopped.is_set()
    assert await asyncio.to_thread(engine.released.wait, PATIENCE)
    assert events[-1].json()["components"][SPEECH]["ms"] < 5000


@pytest.mark.parametrize("spoken", [True, False])
async def test_a_cancel_before_the_start_settles_both_at_once(spoken: bool) -> None:
    handler = SSEHandler()
    answer = Answer(handler, speech(handler) if spoken else None)
    await answer.open()
    await handler.acancel()
    begun = asyncio.get_running_loop().time()
    await answer.run(say("One."))
    events = await read(handler)
    assert asyncio.get_running_loop().time() - begun < handler.snapshot().limits.drain_limit
    assert set(ending(events)[2].values()) == {"cancelled"}
    assert named(events, "text") == []


async def test_an_answer_that_nobody_runs_is_cancelled() -> None:
    handler = SSEHandler()
    answer = Answer(handler, speech(handler))
    await answer.open()
    await answer.cancel()
    events = await read(handler)
    assert ending(events) == ("errored", "cancelled", {TEXT: "cancelled", SPEECH: "cancelled"})


async def test_the_end_of_its_task_ends_the_stream() -> None:
    handler = SSEHandler()
    task = await running(handler, never_end("One.\n"), speech(handler))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ending(await read(handler))[:2] == ("errored", "cancelled")


async def test_a_stream_that_is_forgotten_stops_its_producers(settings: Any) -> None:
    settings.SSE_PIPELINE = {"KEEP": 0.001}
    handler = SSEHandler()
    task = await running(handler, never_end("One.\n"), speech(handler))
    await handler.acancel()
    await asyncio.wait_for(task, PATIENCE)


async def test_frames_after_the_end_stop_the_speech() -> None:
    handler = SSEHandler()
    voice = speech(handler)
    answer = Answer(handler, voice)
    await answer.open()
    for component in (TEXT, SPEECH):
        await handler.amark_component_complete(component)
    with pytest.raises(StreamEnded):
        await handler.asend("text", chunk="late")
    voice.streamer.feed("One.\nstall\nTwo.\n")
    result = await asyncio.to_thread(voice.streamer.wait, PATIENCE)
    assert result is not None
    assert result.status == "cancelled"


async def test_other_components_are_waited_for() -> None:
    handler = SSEHandler(components=["citations"])
    task = await running(handler, say("One."), speech(handler))
    decoder, settled = Decoder(), set[str]()
    async for frame in handler:
        settled.update(order(list(decoder.feed(frame))))
        if settled == {TEXT, SPEECH}:
            break
    assert not task.done()
    await handler.amark_component_complete("citations")
    await asyncio.wait_for(task, PATIENCE)
    assert ending(await read(handler))[2] == dict.fromkeys((TEXT, SPEECH, "citations"), "complete")


async def test_many_answers_at_once() -> None:
    handlers = [SSEHandler() for _ in range(50)]
    answers = [produce(each, say("One. ", "refuse. ", "Two."), speech(each)) for each in handlers]
    for events in await asyncio.gather(*answers):
        assert ending(events)[0] == "complete"


# The real voice


async def test_three_paragraphs_are_heard() -> None:
    handler = SSEHandler()
    events = await produce(handler, recite(PARAGRAPHS, 1000), Speech(handler))
    assert ending(events) == ("complete", None, {TEXT: "complete", SPEECH: "complete"})
    chunks = named(events, "text")
    assert "".join(each["chunk"] for each in chunks) == PARAGRAPHS
    for each in chunks:
        assert PARAGRAPHS.startswith(each["chunk"], each["offset"])
    segments = named(events, "segment")
    assert (segments[0]["from"], segments[-1]["to"]) == (0, len(PARAGRAPHS))
    assert all(before["to"] == after["from"] for before, after in pairwise(segments))
    check_sound(named(events, "audio"))
    for words in named(events, "words"):
        for word in words["words"]:
            assert PARAGRAPHS[word["from"] : word["to"]].strip() != ""
    ledger = events[-1].json()["components"]
    assert ledger[TEXT]["frames"] == len(chunks)
    assert ledger.keys() == {TEXT, SPEECH}


def check_sound(chunks: list[dict[str, Any]]) -> None:
    """Check that audio has no gap, is heard, and as long as such a text takes to say."""
    end, samples = 0.0, array("h")
    for chunk in chunks:
        sound = base64.b64decode(chunk["audio"], validate=True)
        assert 0 < len(sound) <= 32 * 1024
        assert (chunk["codec"], chunk["channels"]) == ("pcm_s16le", 1)
        assert round(chunk["duration_ms"] * chunk["sample_rate"] / 500) == len(sound)
        assert chunk["start_ms"] == pytest.approx(end, abs=0.01)
        end += chunk["duration_ms"]
        samples.frombytes(sound)
    assert 0.03 < end / 1000 / len(PARAGRAPHS) < 0.15
    assert max(samples) > 3000
    assert sum(abs(sample) > 300 for sample in samples) > len(samples) / 4


async def test_no_speech_registers_none() -> None:
    events = await produce(SSEHandler(), recite(PARAGRAPHS, 1000))
    assert ending(events) == ("complete", None, {TEXT: "complete"})
    assert events[0].json()["components"] == []
    assert {each["component"] for each in named(events, "component")} == {TEXT}
