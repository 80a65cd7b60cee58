"""A streamer says once, and only at the end, that all is over, whatever happens on the way."""

import random
from threading import Barrier, Event, Thread

import pytest

from sse_pipeline.testing.speech import CHARACTER, ScriptedEngine
from sse_pipeline.tts import SpeechEnded, SpeechResult, TTSStreamer
from sse_pipeline.tts.engines import Audio, TimedWord, Words
from sse_pipeline.tts.timeline import Timeline

from .speech_listener import PATIENCE, SpeechListener, obedient_engine


def result_of(streamer: TTSStreamer) -> SpeechResult:
    result = streamer.wait(PATIENCE)
    assert result is not None
    return result


@pytest.fixture
def engine():
    return obedient_engine()


@pytest.fixture
def listener(engine):
    return SpeechListener(engine=engine)


def test_text_is_spoken_in_order_on_a_thread_of_the_streamers_own(listener):
    result = listener.speak("One. ", "Tw", "o. Three")
    assert (result.status, result.reason) == ("completed", None)
    assert result.segments == {"audio": 3, "skipped": 0, "failed": 0, "cancelled": 0}
    assert result.characters_in == result.characters_spoken == 15
    assert result.duration_ms == 15 * CHARACTER
    assert [chunk.segment for chunk in listener.chunks] == [1, 1, 2, 2, 3, 3]
    assert [chunk.index for chunk in listener.chunks] == [0, 1, 0, 1, 0, 1]
    assert listener.threads == {"sse-speech-callbacks"}


def test_notes_tell_what_the_first_segment_waits_for(engine):
    listener = SpeechListener(engine=engine, first_audio_timeout=0.05)
    listener.speak("One.\nstall\n...\nTwo")
    assert "segment 2: waiting for its first audio" in listener.notes
    assert listener.notes[-1] == "segment 4: speaking"
    assert not [note for note in listener.notes if note.startswith("segment 3")]


def test_the_timeline_has_no_gap(listener):
    listener.speak("One.\nrefuse\nTwo.\nlate\nThree")
    end = 0.0
    for chunk in listener.chunks:
        assert chunk.start_ms == end
        end += chunk.duration_ms
    assert sum(outcome.duration_ms for outcome in listener.outcomes) == end


def test_words_stand_in_the_displayed_text(listener):
    listener.speak("One.\n", "Two.\n")
    assert [(word.word, word.begin, word.end) for word in listener.words] == [
        ("One.", 0, 4),
        ("Two.", 5, 9),
    ]
    assert [word.start_ms for word in listener.words] == [0, 5 * CHARACTER]


@pytest.mark.parametrize("text", ["", " \n\t ", "...", "?!\n--\n"])
def test_nothing_to_speak_is_a_success_without_audio(listener, engine, text):
    result = listener.speak(text)
    assert (result.status, result.duration_ms, result.characters_spoken) == ("completed", 0, 0)
    assert set(listener.statuses) <= {"skipped"}
    assert engine.given == []
    assert listener.chunks == []


def test_a_flush_speaks_at_once(listener):
    listener.streamer.feed("and then")
    listener.streamer.flush()
    assert listener.settled.wait(PATIENCE)
    assert listener.streamer.result is None
    listener.streamer.end_input()
    assert listener.result().segments["audio"] == 1


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
        ("stall", "the engine gave no audio for 0.05 s"),
        ("hang", "the engine fell silent for 0.1 s"),
        ("drip", "the engine took more than 0.2 s"),
        ("endless", "the engine does not come to an end"),
    ],
)
@pytest.mark.parametrize("in_flight", [1, 3])
def test_a_failing_segment_fails_alone(engine, fault, reason, in_flight):
    listener = SpeechListener(
        engine=engine,
        in_flight=in_flight,
        first_audio_timeout=0.05,
        chunk_timeout=0.1,
        segment_timeout=0.2,
    )
    line = f"This is what one would call {fault}, in a sentence of some length\n"
    result = listener.speak("One.\n", line, "Two.\n")
    assert result.status == "completed"
    assert listener.statuses == ["audio", "failed", "audio"]
    failed = listener.outcomes[1]
    assert (failed.reason, failed.begin, failed.end) == (reason, 5, 5 + len(line))
    assert engine.released.is_set()


@pytest.mark.parametrize("in_flight", [2, 4])
def test_what_is_ready_first_waits_for_its_turn(engine, in_flight):
    listener = SpeechListener(engine=engine, in_flight=in_flight)
    listener.speak("This one is overtaken.\nTwo.\nThree.\n")
    assert listener.statuses == ["audio"] * 3
    assert [each.segment for each in listener.heard] == sorted(
        each.segment for each in listener.heard
    )
    first = listener.outcomes[0]
    assert first.first_audio_ms is not None


def test_one_that_waits_for_another_in_vain_is_given_up(engine):
    listener = SpeechListener(engine=engine, in_flight=1, first_audio_timeout=0.05)
    listener.speak("This one is overtaken.\nTwo.\n")
    assert listener.statuses == ["failed", "audio"]


def test_an_outcome_tells_what_the_segment_cost(listener):
    listener.speak("One.\n...\nrefuse\n")
    spoken, skipped, failed = listener.outcomes
    assert 0 <= spoken.first_audio_ms <= spoken.synthesis_ms
    assert spoken.real_time_factor == spoken.synthesis_ms / spoken.duration_ms
    assert skipped.queued_ms is skipped.first_audio_ms is skipped.real_time_factor is None
    assert failed.queued_ms >= 0
    assert failed.first_audio_ms is failed.real_time_factor is None


def test_an_engine_that_fails_again_and_again_is_left_alone(engine):
    listener = SpeechListener(engine=engine, in_flight=1, breaker_failures=2, breaker_pause=600)
    result = listener.speak("One.\nrefuse\nrefuse\nTwo.\nThree.\n")
    assert listener.statuses == ["audio", "failed", "failed", "skipped", "skipped"]
    assert listener.outcomes[3].reason == "2 segments failed in a row"
    assert (result.status, result.characters_skipped) == ("completed", 12)
    again = SpeechListener(engine=engine, breaker_failures=2, breaker_pause=600)
    result = again.speak("Four.\n")
    assert (result.status, result.reason) == ("failed", "2 segments failed in a row")
    assert engine.given[-1].number == 3


def test_an_engine_that_was_left_alone_gets_another_chance(engine):
    listener = SpeechListener(engine=engine, in_flight=1, breaker_failures=1, breaker_pause=0.0)
    listener.speak("refuse\nOne.\nTwo.\n")
    assert listener.statuses == ["failed", "audio", "audio"]


def test_a_clause_is_spoken_when_no_more_text_comes(engine):
    listener = SpeechListener(engine=engine, idle_flush=0.05)
    listener.streamer.feed("It is over, for n")
    assert listener.settled.wait(PATIENCE)
    assert [segment.text for segment in engine.given] == ["It is over, "]
    assert listener.speak("ow.").characters_spoken == 20


def test_half_a_clause_waits_for_its_rest(engine):
    listener = SpeechListener(engine=engine, idle_flush=0.05)
    listener.streamer.feed("It is ov")
    other = SpeechListener(engine=engine, idle_flush=0.1)
    other.streamer.feed("Later: ")
    assert other.settled.wait(PATIENCE)
    assert listener.heard == []
    assert listener.speak("er.").segments["audio"] == 1
    other.speak()


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

    listener = SpeechListener(engine=Odd())
    assert listener.speak("One.\nTwo.\nThree.\n").status == "completed"
    assert listener.statuses == ["audio", "failed", "audio"]
    assert listener.outcomes[1].reason == "the engine failed"


def test_a_fault_of_our_own_ends_the_speech(listener, monkeypatch, caplog):
    def refuse(*_):
        raise RuntimeError("a fault")

    monkeypatch.setattr(Timeline, "place", refuse)
    result = listener.speak("One.\nTwo.\n")
    assert result.status == "cancelled"
    assert sum(result.segments.values()) == 2
    assert "a fault" in caplog.text


def test_what_is_left_out_is_told(listener, engine):
    result = listener.speak("See:\n```py\nx = 1\n```\nThat is **it**.")
    assert listener.statuses == ["audio", "skipped", "audio"]
    assert listener.outcomes[1].reason == "code"
    assert [segment.text for segment in engine.given] == ["See:\n", "\nThat is it."]
    assert [word.word for word in listener.words] == ["See:", "That", "is", "it."]
    bounds = [(word.begin, word.end) for word in listener.words]
    assert bounds == [(0, 4), (21, 25), (26, 28), (31, 36)]
    assert result.characters_in == result.characters_spoken + result.characters_skipped == 36


def test_it_failed_when_nothing_but_failures_came(listener):
    result = listener.speak("refuse\n...\ncrash")
    assert (result.status, result.reason) == ("failed", "as scripted")
    assert listener.statuses == ["failed", "skipped", "failed"]


def test_text_after_the_end_is_an_error(listener):
    listener.speak("One.")
    with pytest.raises(SpeechEnded):
        listener.streamer.feed("Two.")
    for repeated in (
        listener.streamer.flush,
        listener.streamer.end_input,
        listener.streamer.cancel,
    ):
        repeated()
    assert listener.result().status == "completed"


def test_a_cancel_stops_the_engine_and_settles_the_rest(listener, engine):
    listener.streamer.feed("One.\nstall\nTwo.\nThree")
    assert engine.stalled.wait(PATIENCE)
    listener.streamer.cancel()
    listener.streamer.cancel()
    listener.streamer.feed("ignored")
    result = listener.result()
    assert (result.status, result.reason) == ("cancelled", None)
    assert engine.released.wait(PATIENCE)
    assert {segment.number for segment in engine.given} >= {1, 2}
    assert listener.statuses[1:] == ["cancelled", "cancelled"]
    assert result.characters_in == 21


def test_a_cancel_before_anything_else(listener):
    listener.streamer.cancel()
    assert listener.result().status == "cancelled"
    assert listener.heard == []


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

    callbacks = dict.fromkeys(["word_callback", "segment_callback", "note_callback"], refuse)
    streamer = TTSStreamer({"engine": engine}, refuse, refuse, **callbacks)
    streamer.feed("One. Two.")
    streamer.end_input()
    assert result_of(streamer).segments["audio"] == 2
    logged = [record for record in caplog.records if record.name == "sse_pipeline.tts"]
    assert len(logged) == len(calls) >= 2 * 4 + 1


def test_callbacks_may_be_left_out(engine):
    streamer = TTSStreamer({"engine": engine})
    streamer.feed("One.")
    streamer.end_input()
    assert result_of(streamer).duration_ms == 4 * CHARACTER


def test_waiting_has_a_limit(listener):
    assert listener.streamer.wait(0) is None
    listener.speak()


def test_a_slow_listener_bounds_what_is_made_ahead(engine):
    reached, go_on = Event(), Event()

    def chunk_callback(chunk):
        reached.set()
        assert go_on.wait(PATIENCE)

    streamer = TTSStreamer({"engine": engine, "max_characters": 2000}, chunk_callback)
    for _ in range(40):
        streamer.feed("x" * 1999 + "\n")
    assert reached.wait(PATIENCE)
    quick = SpeechListener(engine=obedient_engine())
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
    assert result_of(streamer).segments == {
        "audio": 0, "skipped": 0, "failed": 0, "cancelled": 40,
    }  # fmt: skip


@pytest.mark.parametrize("seed", range(60))
def test_racing_threads_settle_everything_once(seed):
    source = random.Random(seed)
    listener = SpeechListener(engine=obedient_engine(), first_audio_timeout=0.05)
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
    listeners = [SpeechListener(engine=obedient_engine()) for _ in range(200)]
    for listener in listeners:
        listener.streamer.feed("One. Two. refuse. Three")
        listener.streamer.end_input()
    for listener in listeners:
        assert listener.result().segments["audio"] == 3
