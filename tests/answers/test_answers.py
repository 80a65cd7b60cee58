"""An answer: its text and its speech in one stream."""

import asyncio
import base64
from array import array
from collections.abc import AsyncIterator
from itertools import pairwise
from typing import Any

import pytest

from harness.answering import (
    ending,
    named,
    order,
    produce,
    read,
    say,
    speech,
)
from harness.speech.speech_recorder import PATIENCE
from project.recital import recite
from sse_pipeline import SSEHandler
from sse_pipeline.answers import SPEECH, TEXT, Answer, Speech
from sse_pipeline.testing.speech import CHARACTER

PARAGRAPHS = (
    "Dr. Ada met Mr. Bo at 9 a.m. They paid $3.50 for tea.\n\n"
    "It was a good day \N{GRINNING FACE}\N{EMOJI MODIFIER FITZPATRICK TYPE-4}, and warm.\n\n"
    "\u4f60\u597d\uff0c\u4e16\u754c\u3002 So they said, and left."
)


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


async def test_the_stream_drains_while_the_speech_goes_on() -> None:
    handler = SSEHandler()
    events = await produce(handler, say("One. ", "Two. Three"), speech(handler))
    told = [event.event for event in events]
    (drain,) = named(events, "draining")
    assert drain == {"type": "draining", "reason": "mark_complete", "waiting_for": [SPEECH]}
    assert max(place for place, name in enumerate(told) if name == "text") < told.index("draining")
    assert "segment" in told[told.index("draining") :]


async def test_a_component_may_come_after_the_text_if_the_answer_leaves_the_registry_open() -> None:
    handler = SSEHandler(components=["citations"])
    answer = Answer(handler, close_registry=False)
    await answer.open()
    task = asyncio.create_task(answer.run(say("One.")))
    await handler.asend("source", component="citations", title="Two")
    while handler.snapshot().registry.components[TEXT].pending:
        await asyncio.sleep(0)
    await handler.aregister_component("late")
    for name in ("citations", "late"):
        await handler.amark_component_complete(name)
    await asyncio.wait_for(task, PATIENCE)
    assert named(await read(handler), "draining") == []


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
