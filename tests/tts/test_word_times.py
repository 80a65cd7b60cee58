"""Words are guessed in order, before their audio, and never beyond it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sse_pipeline.tts.engines import Audio, TimedWord, Words
from sse_pipeline.tts.engines.word_boundaries import find_words
from sse_pipeline.tts.engines.word_times import (
    SpeakingRate,
    WordTimeEstimator,
    speaking_rate_for,
    spread_words,
)

RATE = 1000


def found(text: str) -> list[str]:
    return [text[word.begin : word.end] for word in find_words(text)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Dr. Smith's 3.50, don\u2019t!", ["Dr", "Smith's", "3.50", "don\u2019t"]),
        ("你好,世界。", ["你", "好", "世", "界"]),
        ("カタカナ 한국어", ["カタカナ", "한국어"]),
        ("cafe\u0301s \N{GRINNING FACE} -- ...", ["cafe\u0301s"]),
        ("", []),
    ],
)
def test_words_end_where_unicode_says(text, words):
    assert found(text) == words


def test_words_share_the_audio_by_their_lengths():
    words = spread_words("one, three", 1200, begin=5, start=100)
    assert words == [TimedWord(5, 8, 100, 400), TimedWord(10, 15, 800, 1300)]


def test_a_digit_and_an_ideograph_take_longer_than_a_letter():
    letter, digit, ideograph = (
        spread_words(f"{word} aaaa", 10000)[0].end_sample for word in ("a", "1", "你")
    )
    assert letter < ideograph < digit


def speak(text: str, pieces: list[int], pace: SpeakingRate) -> list[Audio | Words]:
    speech = WordTimeEstimator(text, RATE, pace)
    heard = [each for count in pieces for each in speech.feed(b"\0\0" * count)]
    return [*heard, *speech.end()]


@given(
    st.text(st.sampled_from("ab 1,.你 "), max_size=60),
    st.lists(st.integers(0, 2000), max_size=8),
    st.floats(0.001, 1),
)
def test_words_come_in_order_before_their_audio_and_none_is_lost(text, pieces, letter):
    pace = SpeakingRate()
    pace.learn(1e6, 1e6 * letter)
    heard = 0
    words: list[TimedWord] = []
    for each in speak(text, pieces, pace):
        if isinstance(each, Audio):
            heard += len(each.pcm) // 2
            continue
        assert each.source == "estimated"
        first = each.words[0].start_sample
        assert first >= heard or heard == sum(pieces)
        words += each.words
    assert heard == sum(pieces)
    assert [(word.begin, word.end) for word in words] == [
        (word.begin, word.end) for word in find_words(text)
    ]
    times = [time for word in words for time in (word.start_sample, word.end_sample)]
    assert times == sorted(times)
    assert all(word.start_sample <= heard for word in words)


def test_the_first_piece_goes_out_at_once():
    speech = WordTimeEstimator("one two", RATE, SpeakingRate())
    assert [type(each) for each in speech.feed(b"\0\0" * 10)] == [Words, Audio]
    assert [*speech.feed(b"\0\0" * 10)] == []


def test_words_that_are_left_at_the_end_are_squeezed_into_the_last_piece():
    pace = SpeakingRate()
    pace.learn(1e9, 1e9)
    heard = speak("a b c d", [100, 300], pace)
    words = [word for each in heard if isinstance(each, Words) for word in each.words]
    assert [word.start_sample for word in words] == [0, 100, 200, 300]
    assert words[-1].end_sample == 400


def test_a_pace_is_learned_and_shared_by_equal_voices():
    assert (
        speaking_rate_for("a voice")
        is speaking_rate_for("a voice")
        is not speaking_rate_for("another")
    )
    pace = SpeakingRate()
    for _ in range(8):
        speak("Four words of this.", [3600], pace)
    words = [
        word
        for each in speak("Four words of this.", [3600], pace)
        if isinstance(each, Words)
        for word in each.words
    ]
    exact = spread_words("Four words of this.", 3600)
    for guessed, true in zip(words, exact, strict=True):
        assert guessed.start_sample == pytest.approx(true.start_sample, abs=300)
