"""A voice pauses between segments for as long as what separates them asks, with every engine."""

from array import array
from contextlib import aclosing
from itertools import pairwise

import pytest

from harness.speech.fake_speech_server import serve_speech
from harness.speech.speech_recorder import SpeechRecorder
from sse_pipeline.testing.speech import ScriptedEngine
from sse_pipeline.tts import EngineFailed, SpeechConfigError, TTSStreamer
from sse_pipeline.tts.buffer.segment_sound import SegmentSound
from sse_pipeline.tts.engines import Audio, TimedWord, Words

QUIET = 100
TEXT = """\
# The heading

This is a sentence. This is another one.

This is a paragraph. It has a list:

- The first item
- The second item

```
no_code()
```

The end.
"""
#: The joints of the text in seconds, by default.
EXPECTED = [0.7, 0.3, 0.6, 0.3, 0.4, 0.4, 0.6]
#: No sample is cut off that is louder than this, so a voice that fades has more silence.
TOLERANCE = 0.03


def silence_at_joints(listener: SpeechRecorder) -> list[float]:
    """Return the seconds of silence between each two segments that are heard."""
    heard: dict[int, bytes] = {}
    for chunk in listener.chunks:
        heard[chunk.segment] = heard.get(chunk.segment, b"") + chunk.audio
    rate = listener.chunks[0].sample_rate
    sounds = [[abs(each) > QUIET for each in array("h", pcm)] for pcm in heard.values()]
    return [
        (first[::-1].index(True) + second.index(True)) / rate for first, second in pairwise(sounds)
    ]


def speak(text: str, **config) -> SpeechRecorder:
    listener = SpeechRecorder(**{"pauses": {}, "fast_start": False, **config})
    assert listener.speak(text).status == "completed"
    return listener


@pytest.mark.parametrize("engine", ["espeak", "piper"])
def test_the_silence_at_each_joint(engine):
    assert silence_at_joints(speak(TEXT, engine=engine)) == pytest.approx(EXPECTED, abs=TOLERANCE)


def test_a_server_whose_voice_adds_silence_pauses_as_long():
    with serve_speech() as server:
        options = {"base_url": server.url}
        text = "It comes with silence. It comes with silence too.\n\nIt comes with silence again."
        listener = speak(text, engine="openai", options=options, policy=server.policy)
    assert silence_at_joints(listener) == pytest.approx([0.3, 0.6], abs=TOLERANCE)


@pytest.mark.parametrize("language", ["de", "zh", "ar", "hi", "ru"])
def test_sentences_of_each_language(language):
    texts = {
        "de": "Guten Tag. Wie geht es?",
        "zh": "\u4f60\u597d\u3002\u4e16\u754c\u3002",
        "ar": "\u0645\u0631\u062d\u0628\u0627. \u0646\u0639\u0645.",
        "hi": "\u0928\u092e\u0938\u094d\u0924\u0947\u0964 \u0939\u093e\u0901\u0964",
        "ru": "\u041f\u0440\u0438\u0432\u0435\u0442. \u041c\u0438\u0440.",
    }
    (silence,) = silence_at_joints(speak(texts[language], language=language))
    assert silence == pytest.approx(0.3, abs=TOLERANCE)


def test_pauses_are_a_setting_and_follow_the_speed():
    listener = speak(TEXT, pauses={"sentence": 1.0, "heading": 0.1}, speed=2.0)
    expected = [0.05, 0.5, 0.3, 0.5, 0.2, 0.2, 0.3]
    assert silence_at_joints(listener) == pytest.approx(expected, abs=TOLERANCE)


def test_the_first_sound_and_the_end_have_no_pause():
    chunks = speak("One here. Two there.").chunks
    sound = [abs(each) > QUIET for each in array("h", b"".join(chunk.audio for chunk in chunks))]
    assert sound.index(True) / 22050 < TOLERANCE
    assert sound[::-1].index(True) / 22050 < TOLERANCE


@pytest.mark.parametrize("engine", ["espeak", "piper"])
def test_words_are_heard_where_they_are_said_to_be(engine):
    listener = speak(TEXT, engine=engine)
    times = [time for word in listener.words for time in (word.start_ms, word.end_ms)]
    assert times == sorted(times)
    chunks = listener.chunks
    assert [chunk.start_ms for chunk in chunks[1:]] == pytest.approx(
        [chunk.start_ms + chunk.duration_ms for chunk in chunks[:-1]]
    )
    sound, rate = array("h", b"".join(chunk.audio for chunk in chunks)), chunks[0].sample_rate
    for word in listener.words:
        heard = sound[round(word.start_ms * rate / 1000) : round(word.end_ms * rate / 1000)]
        assert max(map(abs, heard)) > QUIET, word


@pytest.mark.parametrize(
    "value", [{"comma": 1}, {"sentence": -1}, {"sentence": 6}, {"sentence": "long"}, True, 7]
)
def test_a_wrong_pause_is_refused_by_its_name(value):
    with pytest.raises(SpeechConfigError, match="^pauses: "):
        TTSStreamer({"pauses": value})


class Interrupted(ScriptedEngine):
    """Gives all words of a segment with a fault, and half of its sound."""

    async def synthesize(self, segment):
        given = 0
        async with aclosing(super().synthesize(segment)) as outputs:
            async for output in outputs:
                yield output
                given += isinstance(output, Audio)
                if given and "fault" in segment.text:
                    raise EngineFailed("it is interrupted")


def test_a_segment_that_is_given_up_announces_only_words_that_begin():
    listener = SpeechRecorder(engine=Interrupted())
    listener.speak(
        "One here.\n", "A fault in a line of many more words than come.\n", "Two there.\n"
    )
    assert listener.statuses == ["audio", "failed", "audio"]
    ends = {}
    for chunk in listener.chunks:
        ends[chunk.segment] = chunk.start_ms + chunk.duration_ms
    for each in (each for each in listener.heard if hasattr(each, "words")):
        assert all(word.end_ms <= ends[each.segment] + 1e-6 for word in each.words)
    times = [time for word in listener.words for time in (word.start_ms, word.end_ms)]
    assert times == sorted(times)
    assert "come." not in [word.word for word in listener.words]


def sound_of(*outputs: Audio | Words, trims: bool = True, is_whole: bool = True):
    sound = SegmentSound(1000, trims=trims)
    found = [each for output in outputs for each in sound.feed(output)]
    return [*found, *sound.end(is_whole=is_whole)]


def pcm(*samples: tuple[int, int]) -> Audio:
    return Audio(b"".join(array("h", [level] * count).tobytes() for count, level in samples))


def test_silence_inside_a_segment_stays():
    given = sound_of(pcm((100, 0), (50, 999)), pcm((300, 0)), pcm((50, -999), (200, 0)))
    assert sum(len(each.pcm) for each in given if isinstance(each, Audio)) == 2 * (
        15 + 50 + 300 + 50 + 15
    )


def test_words_move_with_the_silence_that_is_left_out():
    words = Words((TimedWord(0, 1, 100, 150), TimedWord(1, 2, 450, 700)))
    first, *_, last, _ = sound_of(
        words, pcm((100, 0), (50, 999)), pcm((300, 0), (50, 999), (200, 0))
    )
    assert (first, last) == (Words((TimedWord(0, 1, 15, 65),)), Words((TimedWord(1, 2, 365, 430),)))


def test_a_segment_without_a_loud_sample_is_left_as_it_is():
    quiet = pcm((70, 1))
    assert sound_of(quiet) == [quiet]


def test_silence_is_not_held_back_for_ever():
    sound = SegmentSound(1000, trims=True)
    given = [each for _ in range(9) for each in sound.feed(pcm((1000, 0)))]
    assert sum(len(each.pcm) for each in given if isinstance(each, Audio)) >= 2 * 6000
