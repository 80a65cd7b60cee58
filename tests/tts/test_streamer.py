"""A streamer says once, and only at the end, that all is over, whatever happens on the way."""

import pytest

from harness.speech.speech_recorder import PATIENCE, SpeechRecorder, obedient_engine
from sse_pipeline.testing.speech import CHARACTER
from sse_pipeline.tts import SpeechEnded


@pytest.fixture
def engine():
    return obedient_engine()


@pytest.fixture
def listener(engine):
    return SpeechRecorder(engine=engine)


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
    listener = SpeechRecorder(engine=engine, first_audio_timeout=0.3)
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


@pytest.mark.parametrize("in_flight", [2, 4])
def test_what_is_ready_first_waits_for_its_turn(engine, in_flight):
    listener = SpeechRecorder(engine=engine, in_flight=in_flight)
    listener.speak("This one is overtaken.\nTwo.\nThree.\n")
    assert listener.statuses == ["audio"] * 3
    assert [each.segment for each in listener.heard] == sorted(
        each.segment for each in listener.heard
    )
    first = listener.outcomes[0]
    assert first.first_audio_ms is not None


def test_an_outcome_tells_what_the_segment_cost(listener):
    listener.speak("One.\n...\nrefuse\n")
    spoken, skipped, failed = listener.outcomes
    assert 0 <= spoken.first_audio_ms <= spoken.synthesis_ms
    assert spoken.real_time_factor == spoken.synthesis_ms / spoken.duration_ms
    assert skipped.queued_ms is skipped.first_audio_ms is skipped.real_time_factor is None
    assert failed.queued_ms >= 0
    assert failed.first_audio_ms is failed.real_time_factor is None


def test_a_clause_is_spoken_when_no_more_text_comes(engine):
    listener = SpeechRecorder(engine=engine, idle_flush=0.05)
    listener.streamer.feed("It is over, for n")
    assert listener.settled.wait(PATIENCE)
    assert [segment.text for segment in engine.given] == ["It is over, "]
    assert listener.speak("ow.").characters_spoken == 20


def test_half_a_clause_waits_for_its_rest(engine):
    listener = SpeechRecorder(engine=engine, idle_flush=0.05)
    listener.streamer.feed("It is ov")
    other = SpeechRecorder(engine=engine, idle_flush=0.1)
    other.streamer.feed("Later: ")
    assert other.settled.wait(PATIENCE)
    assert listener.heard == []
    assert listener.speak("er.").segments["audio"] == 1
    other.speak()


def test_what_is_left_out_is_told(listener, engine):
    result = listener.speak("See:\n```py\nx = 1\n```\nThat is **it**.")
    assert listener.statuses == ["audio", "skipped", "audio"]
    assert listener.outcomes[1].reason == "code"
    assert [segment.text for segment in engine.given] == ["See:\n", "\nThat is it."]
    assert [word.word for word in listener.words] == ["See:", "That", "is", "it."]
    bounds = [(word.begin, word.end) for word in listener.words]
    assert bounds == [(0, 4), (21, 25), (26, 28), (31, 36)]
    assert result.characters_in == result.characters_spoken + result.characters_skipped == 36


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


def test_waiting_has_a_limit(listener):
    assert listener.streamer.wait(0) is None
    listener.speak()
