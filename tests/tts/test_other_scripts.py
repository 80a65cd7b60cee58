"""A voice is given what it can say; other voices speak the rest, and no text mutes others."""

import pytest

from harness.speech.speech_recorder import SpeechRecorder
from sse_pipeline.testing.speech import ScriptedEngine
from sse_pipeline.tts import CannotSpeak

UNSPEAKABLE = "no voice can say it"
#: What no voice of eSpeak NG has a sound for: numbers in circles, and scripts without a voice.
MUTE = ["\u2460", "\u2460 \u2461", "\u2776\u2777", "\ua9b2\ua9a4\ua995", "\u0e9a\u0eb2\u0e8d"]
MUTE += ["\u179f\u17bd\u179f\u17d2\u178f\u17b8", "\U00012000\U00012001", "\u0f56\u0f7c\u0f51"]


@pytest.mark.parametrize("engine", ["espeak", "piper"])
@pytest.mark.parametrize("text", MUTE)
def test_what_no_voice_can_say_is_skipped_and_is_no_fault(engine, text):
    listener = SpeechRecorder(engine=engine, breaker_failures=1, breaker_pause=600)
    result = listener.speak(f"{text}\n" * 5, "All is well.\n")
    assert listener.statuses == ["skipped"] * 5 + ["audio"]
    assert {each.reason for each in listener.outcomes[:5]} == {UNSPEAKABLE}
    assert (result.status, result.muted) == ("completed", 0)
    assert "muted" not in result.ledger()


#: A text, and the words that are heard.
RUNS = {
    "The word \u4f60\u597d means hello.": ["The", "word", "\u4f60\u597d", "means", "hello"],
    "So: \u0e2a\u0e27\u0e31\u0e2a\u0e14\u0e35!": ["So", "\u0e2a\u0e27\u0e31\u0e2a\u0e14\u0e35"],
    "\u041f\u0440\u0438\u0432\u0435\u0442, or \u03b3\u03b5\u03b9\u03b1.": [
        "\u041f\u0440\u0438\u0432\u0435\u0442", "or", "\u03b3\u03b5\u03b9\u03b1",
    ],
    "It is \u0661\u0662\u0663 now.": ["It", "is", "\u0661\u0662\u0663", "now"],
    "One \ua9b2\ua9a4\ua995 two.": ["One", "two"],
}  # fmt: skip


@pytest.mark.parametrize("engine", ["espeak", "piper"])
@pytest.mark.parametrize("text", RUNS)
def test_another_voice_speaks_a_run_of_its_script(engine, text):
    listener = SpeechRecorder(engine=engine, fast_start=False)
    result = listener.speak(text)
    assert listener.statuses == ["audio"]
    assert [text[word.begin : word.end] for word in listener.words] == RUNS[text]
    times = [time for word in listener.words for time in (word.start_ms, word.end_ms)]
    assert times == sorted(times)
    assert times[-1] <= result.duration_ms + 1e-6
    assert {chunk.sample_rate for chunk in listener.chunks} == {22050}


def test_chinese_in_an_english_speech_is_as_long_as_in_a_chinese_one():
    def length(**config):
        return SpeechRecorder(**config).speak("\u4f60\u597d\u4e16\u754c").duration_ms

    assert length(language="en") == pytest.approx(length(language="zh"), rel=0.1)


def test_a_voice_of_another_script_reads_its_own_and_latin():
    listener = SpeechRecorder(language="ru", breaker_failures=1)
    text = "\u041f\u0440\u0438\u0432\u0435\u0442 hello.\n"
    assert listener.speak(text).segments["audio"] == 1
    assert [word.word for word in listener.words] == [
        "\u041f\u0440\u0438\u0432\u0435\u0442",
        "hello",
    ]


@pytest.mark.parametrize("engine", ["espeak", "piper"])
def test_one_visitor_cannot_mute_another(engine):
    def hear():
        listener = SpeechRecorder(engine=engine, speed=1.5)
        result = listener.speak("Hello there. This is what the other one hears.\n")
        sound = b"".join(chunk.audio for chunk in listener.chunks)
        return listener.statuses, result.ledger()["segments"], len(sound) > 10_000

    alone = hear()
    odd = SpeechRecorder(engine=engine, speed=1.5, in_flight=8)
    for number in range(100):
        odd.streamer.feed(f"{MUTE[number % len(MUTE)]}\n")
    during = hear()
    odd.speak()
    assert alone == during == hear()
    assert odd.statuses == ["skipped"] * 100


class KillingEngine(ScriptedEngine):
    """An engine that breaks at each text but its probe."""

    probe = "1"

    def __init__(self, *, is_broken: bool) -> None:
        super().__init__()
        self.is_broken = is_broken

    def spoken_text(self, text: str) -> str:
        return text

    async def synthesize(self, segment):
        if "killer" in segment.text or self.is_broken:
            raise RuntimeError("a crash")
        async for output in super().synthesize(segment):
            yield output


def test_an_engine_that_speaks_its_probe_is_not_muted():
    engine = KillingEngine(is_broken=False)
    listener = SpeechRecorder(engine=engine, breaker_failures=2, breaker_pause=600, in_flight=1)
    listener.speak("A killer.\n" * 20, "All is well.\n")
    assert listener.statuses == ["failed"] * 20 + ["audio"]


def test_an_engine_that_does_not_speak_its_probe_is_muted_and_the_ledger_says_so():
    engine = KillingEngine(is_broken=True)
    listener = SpeechRecorder(engine=engine, breaker_failures=2, breaker_pause=600, in_flight=1)
    result = listener.speak("A killer.\n" * 4)
    assert listener.statuses == ["failed", "failed", "skipped", "skipped"]
    assert (result.status, result.muted, result.ledger()["muted"]) == ("failed", 2, 2)


def test_an_engine_can_say_that_the_text_is_at_fault():
    class Picky(ScriptedEngine):
        async def synthesize(self, segment):
            if "odd" in segment.text:
                raise CannotSpeak("it is odd")
            async for output in super().synthesize(segment):
                yield output

    listener = SpeechRecorder(engine=Picky(), breaker_failures=1, breaker_pause=600, in_flight=1)
    assert listener.speak("It is odd.\n" * 3, "All is well.\n").status == "completed"
    assert listener.statuses == ["skipped"] * 3 + ["audio"]
    assert listener.outcomes[0].reason == "it is odd"


def test_a_fallback_passes_on_what_its_first_engine_cannot_say():
    engines = {"engines": [{"engine": "espeak"}, {"engine": "espeak", "language": "de"}]}
    listener = SpeechRecorder(engine="fallback", options=engines, breaker_failures=1)
    text = f"{MUTE[0]}\nThe word \u4f60\u597d.\n"
    assert listener.speak(text).status == "completed"
    assert listener.statuses == ["skipped", "audio"]
