"""A streamer goes on whatever its callbacks do, and whatever threads do to it at once."""

import random
from threading import Barrier, Event, Thread
from typing import Any

import pytest

from harness.speech.speech_recorder import PATIENCE, SpeechRecorder, obedient_engine
from sse_pipeline.testing.speech import CHARACTER
from sse_pipeline.tts import SpeechEnded, SpeechResult, TTSStreamer

#: Where the callbacks' errors are logged.
LOGGER = "sse_pipeline.tts.callback_thread"


def result_of(streamer: TTSStreamer) -> SpeechResult:
    result = streamer.wait(PATIENCE)
    assert result is not None
    return result


@pytest.fixture
def engine():
    return obedient_engine()


def test_a_cancel_from_a_callback(engine):
    ended = Event()

    def stop(chunk):
        streamer.cancel()

    streamer = TTSStreamer({"engine": engine}, stop, ended.set)
    streamer.feed("One.\nTwo.\n")
    assert ended.wait(PATIENCE)
    assert result_of(streamer).status == "cancelled"
    assert result_of(streamer).segments["cancelled"] == 2


@pytest.mark.parametrize("error", [ValueError, SystemExit])
def test_callbacks_that_raise_are_logged_and_the_speech_goes_on(engine, caplog, error):
    calls = []

    def refuse(*_):
        calls.append(_)
        raise error("refused")

    callbacks: Any = dict.fromkeys(["word_callback", "segment_callback", "note_callback"], refuse)
    streamer = TTSStreamer({"engine": engine}, refuse, refuse, **callbacks)
    streamer.feed("One. Two.")
    streamer.end_input()
    assert result_of(streamer).segments["audio"] == 2
    logged = [record for record in caplog.records if record.name == LOGGER]
    assert len(logged) == len(calls) >= 2 * 4 + 1


def test_callbacks_may_be_left_out(engine):
    streamer = TTSStreamer({"engine": engine})
    streamer.feed("One.")
    streamer.end_input()
    assert result_of(streamer).duration_ms == 4 * CHARACTER


def test_a_slow_listener_bounds_what_is_made_ahead(engine):
    reached, go_on = Event(), Event()

    def chunk_callback(chunk):
        reached.set()
        assert go_on.wait(PATIENCE)

    streamer = TTSStreamer({"engine": engine, "max_characters": 2000}, chunk_callback)
    for _ in range(40):
        streamer.feed("x" * 1999 + "\n")
    assert reached.wait(PATIENCE)
    quick = SpeechRecorder(engine=obedient_engine())
    quick.speak(*["One.\n"] * 100)
    assert len(engine.given) < 10
    go_on.set()
    streamer.end_input()
    assert result_of(streamer).segments["audio"] == 40


def test_a_cancel_reaches_one_that_waits_for_room(engine):
    reached, go_on = Event(), Event()

    def chunk_callback(chunk):
        reached.set()
        assert go_on.wait(PATIENCE)

    streamer = TTSStreamer({"engine": engine, "max_characters": 2000}, chunk_callback)
    streamer.feed(("x" * 1999 + "\n") * 40)
    assert reached.wait(PATIENCE)
    streamer.cancel()
    go_on.set()
    result = result_of(streamer)
    assert (result.status, result.segments["audio"], result.segments["failed"]) == (
        "cancelled", 0, 0,
    )  # fmt: skip
    assert result.segments["cancelled"] > 0
    assert result.characters_in == 2000 * 40


@pytest.mark.parametrize("seed", range(60))
def test_racing_threads_settle_everything_once(seed):
    source = random.Random(seed)
    listener = SpeechRecorder(engine=obedient_engine())
    streamer = listener.streamer
    lines = ["One. Two. ", "refuse\n", "...\n", "empty\n", "late\n", "and", "crash\n"]
    scripts = [[source.choice([*lines, None]) for _ in range(12)] for _ in range(3)]
    start = Barrier(4)

    def feed(script):
        start.wait(PATIENCE)
        for line in script:
            try:
                streamer.feed(line) if line else streamer.flush()
            except SpeechEnded:
                return

    def end(methods):
        start.wait(PATIENCE)
        for method in methods:
            method()

    ends = source.choices(
        [streamer.end_input, streamer.flush, streamer.cancel], k=source.randint(0, 3)
    )
    threads = [Thread(target=feed, args=(script,)) for script in scripts]
    threads.append(Thread(target=end, args=([*ends, streamer.end_input],)))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert_settled_once(listener)


def assert_settled_once(listener):
    result = listener.result()
    numbers = [outcome.segment for outcome in listener.outcomes]
    assert numbers == list(range(1, len(numbers) + 1))
    assert sum(result.segments.values()) == len(numbers)
    for status, count in result.segments.items():
        assert listener.statuses.count(status) == count
    order = [(chunk.segment, chunk.index) for chunk in listener.chunks]
    assert order == sorted(set(order))
    assert [each.segment for each in listener.heard] == sorted(
        each.segment for each in listener.heard
    )
    assert result.duration_ms == sum(chunk.duration_ms for chunk in listener.chunks)


def test_many_streamers_at_once():
    listeners = [SpeechRecorder(engine=obedient_engine()) for _ in range(200)]
    for listener in listeners:
        listener.streamer.feed("One. Two. refuse. Three")
        listener.streamer.end_input()
    for listener in listeners:
        assert listener.result().segments["audio"] == 3
