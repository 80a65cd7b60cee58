"""The next engine speaks where one fails, but never after it was heard."""

import pytest

from harness.speech.fake_speech_server import serve_speech
from harness.speech.speech_recorder import SpeechRecorder, obedient_engine
from sse_pipeline.testing.speech import ScriptedEngine
from sse_pipeline.tts import SegmentWords, SpeechConfigError, TTSStreamer
from sse_pipeline.tts.engines.engine_catalogue import find_engine
from sse_pipeline.tts.engines.fallback.fallback_engine import FallbackEngine
from sse_pipeline.tts.speech_config import read_config

ESPEAK = {"engine": "espeak"}


def listen(*engines, **config) -> SpeechRecorder:
    entries = [each if isinstance(each, dict) else {"engine": each} for each in engines]
    limits = dict.fromkeys(("first_audio_timeout", "chunk_timeout", "segment_timeout"), 60.0)
    config = {"fast_start": False, "in_flight": 1, **limits, **config}
    return SpeechRecorder(engine="fallback", options={"engines": entries}, **config)


@pytest.mark.parametrize("fault", ["refuse", "crash", "abort", "empty", "stall"])
def test_a_fault_before_the_first_audio_goes_to_the_next(fault):
    limits = {"first_audio_timeout": 0.3} if fault == "stall" else {}
    listener = listen({"engine": obedient_engine(), **limits}, ESPEAK)
    assert listener.speak(f"They {fault} it.").segments["audio"] == 1
    assert {chunk.sample_rate for chunk in listener.chunks} == {1000}
    assert listener.result().duration_ms > 500
    assert [word.word for word in listener.words] == ["They", fault, "it"]
    times = [time for word in listener.words for time in (word.start_ms, word.end_ms)]
    assert times == sorted(times)
    assert times[-1] <= listener.result().duration_ms + 1
    sources = {each.source for each in listener.heard if isinstance(each, SegmentWords)}
    assert sources == {"native"}


@pytest.mark.parametrize("fault", ["late", "hang"])
def test_a_fault_after_the_first_audio_stays_a_fault(fault):
    second = obedient_engine()
    listener = listen(obedient_engine(), second, chunk_timeout=0.3)
    listener.speak(f"They are {fault}.")
    assert listener.statuses == ["failed"]
    assert second.given == []


def test_the_first_speaks_when_it_can():
    first, second = obedient_engine(), obedient_engine(sample_rate=8000)
    assert listen(first, second).speak("All is well.").status == "completed"
    assert (len(first.given), second.given) == (1, [])


def test_all_reasons_are_named_when_all_fail():
    patient = {"engine": obedient_engine(), "first_audio_timeout": 0.3}
    result = listen(patient, ScriptedEngine({1: "refuse"})).speak("stall")
    assert result.reason is not None
    first, second = result.reason.split("; ")
    assert first == "ScriptedEngine: it gave no audio for 0.3 s"
    assert second.startswith("ScriptedEngine: ")


def test_an_engine_that_fails_again_and_again_is_left_alone():
    first, second = obedient_engine(), ScriptedEngine()
    listener = listen(first, second, breaker_failures=2, breaker_pause=3600.0)
    listener.speak("They refuse it.\n" * 4)
    assert listener.statuses == ["audio"] * 4
    assert (len(first.given), len(second.given)) == (2, 4)


def test_a_speech_server_is_backed_by_espeak():
    with serve_speech() as server:
        entry = {"engine": "openai", "options": {"base_url": server.url}}
        listener = listen(entry, ESPEAK, policy=server.policy)
        result = listener.speak("There is a failure now.\nHere all is well.\n")
        assert result.segments["audio"] == 2
        assert {chunk.sample_rate for chunk in listener.chunks} == {24000}
        sources = [each.source for each in listener.heard if isinstance(each, SegmentWords)]
        assert sources[0] == "native"
        assert sources[-1] == "estimated"


def test_an_entry_inherits_what_is_said_of_the_speech():
    config = {"language": "de", "speed": 2.0, "options": {"engines": [ESPEAK]}}
    engine = find_engine(read_config({"engine": "fallback", **config}))
    alone = find_engine(read_config({"engine": "espeak", "language": "de", "speed": 2.0}))
    assert isinstance(engine, FallbackEngine)
    assert engine.choices[0].engine == alone
    assert engine == find_engine(read_config({"engine": "fallback", **config}))
    assert hash(engine)


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({}, "options.engines: must be a list of configurations"),
        ({"options": {"engines": []}}, "options.engines: must be a list of configurations"),
        ({"options": {"engines": ["espeak"]}}, r"options.engines\[0\]: must be a mapping"),
        ({"options": {"engines": [ESPEAK, {"voice": "x"}]}}, r"options.engines\[1\].voice: "),
        (
            {"options": {"engines": [{"in_flight": 2}]}},
            r"options.engines\[0\].in_flight: is not a known key",
        ),
        ({"options": {"engines": [ESPEAK], "more": 1}}, "options.more: is not a known key"),
        ({"voice": "en", "options": {"engines": [ESPEAK]}}, "voice: must be in"),
        ({"credentials": str, "options": {"engines": [ESPEAK]}}, "credentials: must be in"),
        (
            {"options": {"engines": [{**ESPEAK, "first_audio_timeout": 10.0}, ESPEAK]}},
            "first_audio_timeout: leaves no time",
        ),
    ],
)
def test_a_refusal_names_the_entry_and_its_key(config, message):
    with pytest.raises(SpeechConfigError, match=f"^{message}"):
        TTSStreamer({"engine": "fallback", **config})
