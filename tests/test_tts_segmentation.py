"""Text is cut into the same sentences however it is chopped, and nothing of it is lost."""

import pytest
import sentencex
from hypothesis import given
from hypothesis import strategies as st

from sse_pipeline.tts.segmentation import Segment, Segmenter

PIECES = [
    "Dr. ", "J. ", "Smith paid $3.50", ". ", "! ", "? ", "...", "\n", "\r", "\r\n", "\n\n", " ",
    "\xa0", "\u2028", "He said \"Yes.\" ", "(a. b)", "\u4f60\u597d", "\u3002", "\uff01", "\uff0c",
    "e.g. this", ", and ", "; ", "\U0001f600", "e\u0301", "\ud800", "\0", "\u061f", "x" * 50,
    "\t", "U.S. ",
]  # fmt: skip

texts = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=8))).map("".join)


def cut(*texts: str, language: str = "en", max_characters: int = 300) -> list[Segment]:
    segmenter = Segmenter(language, max_characters)
    segments = [segment for text in texts for segment in segmenter.feed(text)]
    return segments + segmenter.flush()


def sentences(text: str, **options) -> list[str]:
    return [segment.text for segment in cut(text, **options)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("Hello", ["Hello"]),
        ("One. Two! Three? Four", ["One. ", "Two! ", "Three? ", "Four"]),
        ("Dr. Smith paid $3.50.", ["Dr. Smith paid $3.50."]),
        ("It costs 3.50. Really.", ["It costs 3.50. ", "Really."]),
        ("你好。世界\uff01吗\uff1f好", ["你好。", "世界\uff01", "吗\uff1f", "好"]),
        ("No mark\nnew line", ["No mark\n", "new line"]),
        ("One.\r\n\r\nTwo", ["One.\r\n", "\r\nTwo"]),
        ("One\rTwo", ["One\r", "Two"]),
        ("One\u2028Two", ["One\u2028", "Two"]),
        ("  \n ", ["  \n "]),
        ("End. \n", ["End. \n"]),
        ("C.\xa0X. And on.", ["C.\xa0X. ", "And on."]),
    ],
)
def test_sentences_and_lines_end_segments(text, expected):
    assert sentences(text) == expected


@pytest.mark.parametrize("language", ["de", "de-AT", "DE_ch"])
def test_abbreviations_are_those_of_the_language(language):
    assert sentences("Das ist z. B. Bier. Gut.", language=language)[0] == "Das ist z. B. Bier. "
    assert len(sentences("Bitte usw. Danke.", language="en")) == 2


def test_a_sentence_comes_as_soon_as_it_is_sure():
    segmenter = Segmenter()
    assert segmenter.feed("It is over. ") == []
    assert segmenter.feed("Is") == []
    assert [segment.text for segment in segmenter.feed(" it")] == ["It is over. "]


def test_a_line_comes_at_once():
    assert [segment.text for segment in Segmenter().feed("A title\n")] == ["A title\n"]


def test_a_flush_forces_what_is_pending():
    segmenter = Segmenter()
    segmenter.feed("and then")
    assert [segment.text for segment in segmenter.flush()] == ["and then"]
    assert segmenter.flush() == []


def test_long_text_breaks_at_a_clause_then_at_a_space_then_anywhere():
    assert sentences("one two three, four five six", max_characters=20)[0] == "one two three, "
    assert sentences("一二三四五六七八九、一二三", max_characters=12)[0] == "一二三四五六七八九、"
    assert sentences("one two three four five six", max_characters=20)[0] == "one two three four "
    assert sentences("x" * 45, max_characters=20) == ["x" * 20, "x" * 20, "x" * 5]
    assert sentences("\n" * 45, max_characters=20) == ["\n" * 20, "\n" * 20, "\n" * 5]


def test_segments_know_where_they_stand_and_whether_they_speak():
    first, second = cut("Hello. \n... ")
    assert (first.number, first.begin, first.end, first.is_speakable) == (1, 0, 8, True)
    assert (second.number, second.begin, second.end, second.is_speakable) == (2, 8, 12, False)


def test_what_is_forgotten_still_counts():
    segmenter = Segmenter()
    segmenter.feed("One. Two")
    segmenter.forget()
    assert segmenter.characters == 8
    assert segmenter.flush() == []


def test_a_panic_of_the_splitter_costs_no_text(monkeypatch):
    class PanicException(BaseException):
        pass

    def panic(language, text):
        raise PanicException

    monkeypatch.setattr(sentencex, "segment", panic)
    assert sentences("One. Two. Three") == ["One. Two. Three"]


def test_an_interrupt_is_no_panic(monkeypatch):
    def interrupt(language, text):
        raise KeyboardInterrupt

    monkeypatch.setattr(sentencex, "segment", interrupt)
    with pytest.raises(KeyboardInterrupt):
        sentences("One. Two. Three")


@given(texts, st.lists(st.integers(1, 9)), st.sampled_from(["en", "de", "zh", "none"]))
def test_the_chopping_changes_nothing(text, sizes, language):
    pieces, rest = [], text
    for size in sizes:
        pieces.append(rest[:size])
        rest = rest[size:]
    options = {"language": language, "max_characters": 40}
    whole = cut(text, **options)
    assert cut(*pieces, rest, **options) == whole
    assert cut(*text, **options) == whole


@given(texts, st.integers(20, 60))
def test_segments_join_to_the_text(text, max_characters):
    segments = cut(text, max_characters=max_characters)
    assert "".join(segment.text for segment in segments) == text
    assert [segment.number for segment in segments] == list(range(1, len(segments) + 1))
    for segment in segments:
        assert text[segment.begin : segment.end] == segment.text
        assert 0 < len(segment.text) <= max_characters
