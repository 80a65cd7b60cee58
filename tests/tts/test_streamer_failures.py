"""A segment that fails does so alone, and an engine that fails is left alone for a while."""

from threading import Condition

import pytest

from harness.speech.speech_recorder import PATIENCE, SpeechRecorder, obedient_engine
from sse_pipeline.testing.speech import ScriptedEngine
from sse_pipeline.tts import AudioChunk, SegmentOutcome, SegmentWords, TTSBuffer
from sse_pipeline.tts.buffer.audio_timeline import AudioTimeline
from sse_pipeline.tts.callback_thread import CallbackThread
from sse_pipeline.tts.engines import Audio, TimedWord, Words
from sse_pipeline.tts.results import SegmentNote


@pytest.fixture
def engine():
    return obedient_engine()


@pytest.fixture
def listener(engine):
    return SpeechRecorder(engine=engine)


#: The limit that each fault runs into, in seconds. All other limits are out of reach.
LIMITS = {
    "stall": {"first_audio_timeout": 0.3},
    "hang": {"chunk_timeout": 0.3},
    "drip": {"segment_timeout": 0.5},
}


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("refuse", "as scripted"),
        ("crash", "the engine failed"),
        ("abort", "the engine gave up"),
        ("empty", "the engine gave no audio"),
        ("json", "the engine cut the segment short"),
        ("truncate", "the engine cut the segment short"),
        ("late", "as scripted"),
        ("stall", "the engine gave no audio for 0.3 s"),
        ("hang", "the engine fell silent for 0.3 s"),
        ("drip", "the engine took more than 0.5 s"),
        ("endless", "the engine does not come to an end"),
    ],
)
@pytest.mark.parametrize("in_flight", [1, 3])
def test_a_failing_segment_fails_alone(engine, fault, reason, in_flight):
    listener = SpeechRecorder(engine=engine, in_flight=in_flight, **LIMITS.get(fault, {}))
    line = f"This is what one would call {fault}, in a sentence of some length.\n"
    result = listener.speak("One.\n", line, "Two.\n")
    assert result.status == "completed"
    assert listener.statuses == ["audio", "failed", "audio"]
    failed = listener.outcomes[1]
    assert (failed.reason, failed.begin, failed.end) == (reason, 5, 5 + len(line))
    assert engine.speaking == 0


def test_one_that_waits_for_another_in_vain_is_given_up(engine):
    listener = SpeechRecorder(engine=engine, in_flight=1, first_audio_timeout=0.3)
    listener.speak("This one is overtaken.\nTwo.\n")
    assert listener.statuses == ["failed", "audio"]


def test_an_engine_that_fails_again_and_again_is_left_alone(engine):
    listener = SpeechRecorder(engine=engine, in_flight=1, breaker_failures=2, breaker_pause=600)
    result = listener.speak("One.\nrefuse\nrefuse\nTwo.\nThree.\n")
    assert listener.statuses == ["audio", "failed", "failed", "skipped", "skipped"]
    assert listener.outcomes[3].reason == "2 segments failed in a row"
    assert (result.status, result.characters_skipped) == ("completed", 12)
    again = SpeechRecorder(engine=engine, breaker_failures=2, breaker_pause=600)
    result = again.speak("Four.\n")
    assert (result.status, result.reason) == ("failed", "2 segments failed in a row")
    assert engine.given[-1].number == 3


def test_an_engine_that_was_left_alone_gets_another_chance(engine):
    listener = SpeechRecorder(engine=engine, in_flight=1, breaker_failures=1, breaker_pause=0.0)
    listener.speak("refuse\nOne.\nTwo.\n")
    assert listener.statuses == ["failed", "audio", "audio"]


BAD_PIECES = [
    b"\0\0",
    None,
    Audio("text"),  # type: ignore[arg-type]
    Audio(b"\0\0\0"),
    Words(((0, 1, 0, 1),)),  # type: ignore[arg-type]
    Words((TimedWord(0, 500, 0, 1),)),
    Words((TimedWord(-1, 1, 0, 1),)),
    Words((TimedWord(0, 1, 5, 4),)),
    Words((TimedWord(0, 1, None, None),)),  # type: ignore[arg-type]
]


@pytest.mark.parametrize("piece", BAD_PIECES, ids=repr)
def test_an_engine_that_gives_what_it_should_not_fails_the_segment(piece, caplog):
    class Odd(ScriptedEngine):
        async def synthesize(self, segment):
            if segment.number == 2:
                yield piece
            async for each in super().synthesize(segment):
                yield each

    listener = SpeechRecorder(engine=Odd())
    assert listener.speak("One.\nTwo.\nThree.\n").status == "completed"
    assert listener.statuses == ["audio", "failed", "audio"]
    assert listener.outcomes[1].reason == "the engine failed"


def test_a_fault_of_our_own_ends_the_speech(caplog):
    class BrokenTimeline(AudioTimeline):
        def place(self, segment, output):
            raise RuntimeError("a fault")

    buffer = TTSBuffer(timeline=BrokenTimeline(1000))
    completions: list[None] = []
    outcomes: list[SegmentOutcome] = []
    callbacks = {
        AudioChunk: None,
        SegmentWords: None,
        SegmentOutcome: outcomes.append,
        SegmentNote: None,
    }
    changed = Condition()

    def cancel() -> None:
        with changed:
            buffer.cancel()

    thread = CallbackThread(
        buffer,
        changed,
        callbacks,
        lambda: completions.append(None),
        made_room=lambda: None,
        cancel=cancel,
    )
    with changed:
        buffer.feed("One.\nTwo.\n")
        assert buffer.next_segment() is not None
        buffer.put(1, Audio(b"\0\0"))
        thread.start()
    thread.wait(PATIENCE)
    assert thread.result is not None
    assert thread.result.status == "cancelled"
    assert sum(thread.result.segments.values()) == len(outcomes) == 2
    assert len(completions) == 1
    assert "a fault" in caplog.text


def test_it_failed_when_nothing_but_failures_came(listener):
    result = listener.speak("refuse\n...\ncrash")
    assert (result.status, result.reason) == ("failed", "as scripted")
    assert listener.statuses == ["failed", "skipped", "failed"]
