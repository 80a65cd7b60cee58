"""Each word has a time, and times never go back."""

import pytest

from harness.speech.speech_recorder import SpeechRecorder
from sse_pipeline.tts.engine_protocol import TimedWord
from sse_pipeline.tts.engines.word_boundaries import find_words
from sse_pipeline.tts.engines.word_gaps import WordGapFiller

TEXTS = {
    "en": "It was the best of the times, in a AT&T, A/B and rock-'n'-roll; x = 3, at 5:30 p.m.",
    "de": "Der z. B. 3,5 km lange Weg am 19. Mai um 14:30; die E-Mail-Adresse usw., sagte er's.",
    "fr": "L'homme d'aujourd'hui, c'est-à-dire qu'il n'y a pas d'eau, est-ce que l\u2019on peut ?",
    "es": "¿Qué tal en el 5.º piso, en la de los EE. UU. y 1.234,56 €?",
    "it": "L'amico dell'uomo, un po' d'acqua c'è.",
    "zh": "你好\uff0c世界\uff0c今天是2020年3月4日\uff0c我在北京。",
    "ru": "Это 3-й тест, и это то, что в нём есть.",
}


@pytest.mark.parametrize("language", TEXTS)
def test_each_word_has_a_time(language):
    text = TEXTS[language]
    listener = SpeechRecorder(language=language, max_characters=2000, fast_start=False)
    result = listener.speak(text)
    heard = [(word.begin, word.end) for word in listener.words]
    for place in find_words(text):
        assert any(begin < place.end and end > place.begin for begin, end in heard), place
    times = [time for word in listener.words for time in (word.start_ms, word.end_ms)]
    assert times == sorted(times)
    assert times[-1] <= result.duration_ms + 1e-6
    assert heard == sorted(heard)


def filled(text: str, *parts: list[TimedWord]) -> list[tuple[str, int, int]]:
    filler = WordGapFiller(text)
    found = [
        word
        for place, words in enumerate(parts)
        for word in filler.fill(tuple(words), is_last=place == len(parts) - 1)
    ]
    return [(text[each.begin : each.end], each.start_sample, each.end_sample) for each in found]


def test_words_share_the_time_of_the_one_before():
    first, last = TimedWord(0, 2, 0, 50), TimedWord(7, 11, 50, 90)
    expected = [("of", 0, 20), ("the", 20, 50), ("best", 50, 90)]
    assert filled("of the best", [first, last]) == expected
    assert filled("of the best", [first], [last]) == [
        ("of", 0, 50),
        ("the", 50, 67),
        ("best", 67, 90),
    ]


def test_words_at_the_start_and_at_the_end_have_a_time():
    found = filled("the best of it", [TimedWord(4, 8, 10, 80)])
    assert [word for word, *_ in found] == ["the", "best", "of", "it"]
    assert found[0][1:] == (10, 40)
    times = [time for _, *times in found for time in times]
    assert times == sorted(times)
    assert times[-1] == 80
    assert filled("it", []) == [("it", 0, 0)]
