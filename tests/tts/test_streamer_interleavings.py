"""Whatever is done to a streamer, by threads, engine and callbacks: it ends once, in order."""

import time
from itertools import pairwise
from operator import add
from threading import Barrier, Event, Thread
from typing import get_args

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from harness.speech.speech_recorder import PATIENCE
from sse_pipeline.testing.speech import Fault, ScriptedEngine
from sse_pipeline.tts import AudioChunk, SegmentOutcome, SegmentWords, SpeechEnded, TTSStreamer

pytestmark = pytest.mark.exhaustive

#: What one segment may take, by the deadlines below.
SEGMENT_TIMEOUT = 0.1
#: What a busy machine may take on top of it, in all.
MARGIN = 10

TEXTS = ["One. ", "Two, and ", "three.\n", "...\n", "", "**four** ", "```\ncode\n```\n", "five"]
CALLBACKS = ["chunk", "word", "segment", "note", "completion"]

feeds = st.sampled_from(TEXTS).map(lambda text: ("feed", text))
flushes = st.just(("flush",))
scripts = st.lists(st.one_of(feeds, feeds, flushes), max_size=12)
ends = st.lists(st.sampled_from([("end_input",), ("end_input",), ("cancel",)]), max_size=2)


class Recorder:
    """Keeps what the callbacks are told; those named in `refusing` raise as well."""

    def __init__(self, refusing: set[str]) -> None:
        self.refusing = refusing
        self.heard: list[AudioChunk | SegmentWords | SegmentOutcome] = []
        self.completions = 0
        self.completed = Event()

    def callback(self, name: str):
        def call(*told: AudioChunk | SegmentWords | SegmentOutcome) -> None:
            if name in ("chunk", "word", "segment"):
                self.heard.extend(told)
            if name == "completion":
                self.completions += 1
                self.completed.set()
            if name in self.refusing:
                raise RuntimeError("refused")

        return call


def streamer_with(engine: ScriptedEngine, recorder: Recorder, in_flight: int) -> TTSStreamer:
    config = {
        "engine": engine,
        "in_flight": in_flight,
        "min_characters": 0,
        "idle_flush": 0.05,
        "first_audio_timeout": SEGMENT_TIMEOUT / 2,
        "chunk_timeout": SEGMENT_TIMEOUT / 2,
        "segment_timeout": SEGMENT_TIMEOUT,
    }
    return TTSStreamer(
        config,
        recorder.callback("chunk"),
        recorder.callback("completion"),
        word_callback=recorder.callback("word"),
        segment_callback=recorder.callback("segment"),
        note_callback=recorder.callback("note"),
    )


def perform(streamer: TTSStreamer, start: Barrier, script: list[tuple[str, ...]]) -> None:
    start.wait(PATIENCE)
    for name, *args in script:
        try:
            getattr(streamer, name)(*args)
        except SpeechEnded:
            assert name == "feed"


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    scripts=st.lists(st.builds(add, scripts, ends), min_size=1, max_size=3),
    opening=st.lists(feeds, max_size=8),
    faults=st.dictionaries(st.integers(1, 8), st.sampled_from(get_args(Fault)), max_size=4),
    refusing=st.sets(st.sampled_from(CALLBACKS)),
    in_flight=st.integers(1, 4),
)
def test_it_ends_once_with_every_segment_settled_in_order(
    scripts, opening, faults, refusing, in_flight
):
    recorder = Recorder(refusing)
    streamer = streamer_with(ScriptedEngine(faults), recorder, in_flight)
    for _, text in opening:
        streamer.feed(text)
    start = Barrier(len(scripts))
    threads = [Thread(target=perform, args=(streamer, start, script)) for script in scripts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    streamer.end_input()
    begun = time.monotonic()
    assert recorder.completed.wait(PATIENCE)
    result = streamer.wait(PATIENCE)
    assert result is not None
    event(result.status)

    outcomes = [each for each in recorder.heard if isinstance(each, SegmentOutcome)]
    count = len(outcomes)
    assert time.monotonic() - begun < count * SEGMENT_TIMEOUT + MARGIN
    assert recorder.completions == 1
    assert [each.segment for each in outcomes] == list(range(1, count + 1))
    assert [each.segment for each in recorder.heard] == sorted(
        each.segment for each in recorder.heard
    )
    for status, settled in result.segments.items():
        assert settled == sum(each.status == status for each in outcomes)
    assert all(first.end == second.begin for first, second in pairwise(outcomes))
    check_sound(recorder, outcomes)
    if result.status != "cancelled":
        assert result.characters_in == (outcomes[-1].end if outcomes else 0)


def check_sound(recorder: Recorder, outcomes: list[SegmentOutcome]) -> None:
    chunks = [each for each in recorder.heard if isinstance(each, AudioChunk)]
    order = [(chunk.segment, chunk.index) for chunk in chunks]
    assert order == sorted(set(order))
    end = 0.0
    for chunk in chunks:
        assert chunk.start_ms == end
        end += chunk.duration_ms
    heard = {each.segment for each in outcomes if each.duration_ms}
    assert heard == {chunk.segment for chunk in chunks}
    assert {each.segment for each in outcomes if each.status == "audio"} <= heard
