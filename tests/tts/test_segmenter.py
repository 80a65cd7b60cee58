"""Text is cut into the same sentences however it is chopped, and nothing of it is lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.speech.text_chunks import chop
from sse_pipeline.tts.text.segmenter import Segmenter
from sse_pipeline.tts.text.segments import Segment
from sse_pipeline.tts.text.sentence_ends import FIRST_CLAUSE
from sse_pipeline.tts.text.spoken_spans import SpokenSpan

PIECES = [
    "Dr. ", "J. ", "Smith paid $3.50", ". ", "! ", "? ", "...", "\n", "\r", "\r\n", "\n\n", " ",
    "\xa0", "\u2028", "He said \"Yes.\" ", "(a. b)", "\u4f60\u597d", "\u3002", "\uff01", "\uff0c",
    "e.g. this", ", and ", "; ", "\U0001f600", "e\u0301", "\ud800", "\0", "\u061f", "x" * 50,
    "approx. ", "etc. and", " \u201c", "\t", "U.S. ",
]  # fmt: skip

texts = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=8))).map("".join)


def pieces(*texts: str) -> list[SpokenSpan]:
    """Have texts spoken as they are displayed, one after the other."""
    found, begin = [], 0
    for text in filter(None, texts):
        found.append(SpokenSpan(text, begin, begin + len(text)))
        begin += len(text)
    return found


def cut(*texts: str, **options) -> list[Segment]:
    return cut_pieces(pieces(*texts), **options)


def cut_pieces(given: list[SpokenSpan], **options) -> list[Segment]:
    segmenter = Segmenter(**options)
    segments = [segment for piece in given for segment in segmenter.feed([piece])]
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
        ("It took approx. 5 km, etc. and more.", ["It took approx. 5 km, etc. and more."]),
        ("Apples etc. Then", ["Apples etc. ", "Then"]),
        ("Dr. Who is here. Then", ["Dr. Who is here. ", "Then"]),
        ('In words. "Do it." And on', ["In words. ", '"Do it." ', "And on"]),
        ("He said. \u201cDo it", ["He said. ", "\u201cDo it"]),
        ("C.\xa0X. And on.", ["C.\xa0X. ", "And on."]),
    ],
)
def test_sentences_and_lines_end_segments(text, expected):
    assert sentences(text) == expected


def test_a_line_may_end_with_an_abbreviation():
    assert sentences("Apples etc.\nand pears") == ["Apples etc.\n", "and pears"]


@pytest.mark.parametrize("language", ["de", "de-AT", "DE_ch"])
def test_abbreviations_are_those_of_the_language(language):
    assert sentences("Das ist z. B. Bier. Gut.", language=language)[0] == "Das ist z. B. Bier. "
    assert len(sentences("Bitte usw. Danke.", language="en")) == 2


def test_a_sentence_comes_as_soon_as_it_is_sure():
    segmenter = Segmenter()
    first, second, third = pieces("It is over. ", "Is", " it")
    assert segmenter.feed([first]) == []
    assert segmenter.feed([second]) == []
    assert [segment.text for segment in segmenter.feed([third])] == ["It is over. "]


def test_a_line_comes_at_once():
    assert [segment.text for segment in Segmenter().feed(pieces("A title\n"))] == ["A title\n"]


def test_a_flush_forces_what_is_pending():
    segmenter = Segmenter()
    segmenter.feed(pieces("and then"))
    assert segmenter.has_pending
    assert [segment.text for segment in segmenter.flush()] == ["and then"]
    assert not segmenter.has_pending
    assert segmenter.flush() == []


def test_long_text_breaks_at_a_clause_then_at_a_space_then_anywhere():
    assert sentences("one two three, four five six", max_characters=20)[0] == "one two three, "
    assert sentences("一二三四五六七八九、一二三", max_characters=12)[0] == "一二三四五六七八九、"
    assert sentences("one two three four five six", max_characters=20)[0] == "one two three four "
    assert sentences("x" * 45, max_characters=20) == ["x" * 20, "x" * 20, "x" * 5]
    assert sentences("\n" * 45, max_characters=20) == ["\n" * 20, "\n" * 20, "\n" * 5]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("No. Yes. Maybe so. And on it goes. E", ["No. Yes. Maybe so. ", "And on it goes. ", "E"]),
        ("No. Yes.\nMaybe.\n", ["No. Yes.\n", "Maybe.\n"]),
        ("It is a longer sentence. Ok.\nSo.", ["It is a longer sentence. ", "Ok.\n", "So."]),
    ],
)  # fmt: skip
def test_short_sentences_are_joined_within_a_line(text, expected):
    assert sentences(text, min_characters=12) == expected


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("Sure! Here is what you asked for, in short. It is this.", "Sure! "),
        ("Well, as you have asked for it, here it is. Look.", "Well, as you have asked for it, "),
        ("The following: it is 3,500 and more. Look.", "The following: it is 3,500 and more. "),
        ("Of these there are: one and another. Look.", "Of these there are: "),
        ("... and so it began, they say, long ago.", "... and so it began, "),
    ],
)
def test_the_first_segment_may_be_short_and_end_at_a_clause(text, first):
    found = sentences(text, min_characters=20, fast_start=True)
    assert found[0] == first
    assert found[1:] == sentences(text[len(first) :], min_characters=20)


def test_a_clause_waits_for_what_follows_it():
    segmenter = Segmenter(fast_start=True)
    assert segmenter.feed(pieces("x" * FIRST_CLAUSE + ", ")) == []
    assert len(segmenter.feed(pieces("y"))) == 1


def test_what_is_not_spoken_is_no_first_segment():
    given = [SpokenSpan("", 0, 9, "code"), SpokenSpan("Sure! Here it is, as you said.", 9, 39)]
    found = [each.text for each in cut_pieces(given, min_characters=20, fast_start=True)]
    assert found == ["", "Sure! ", "Here it is, as you said."]


@pytest.mark.parametrize(
    ("text", "paused", "rest"),
    [
        ("It is over. An", "It is over. ", "An"),
        ("It is over.", "It is over.", ""),
        ("He said: \u201cYes.\u201d", "He said: \u201cYes.\u201d", ""),
        ("It is ov", "", "It is ov"),
        ("It cost 3.", "", "It cost 3."),
        ("It cost 3, or", "It cost 3, ", "or"),
        ("你好\uff0c世界", "你好\uff0c", "世界"),
        ("", "", ""),
    ],
)
def test_a_pause_is_made_after_a_clause(text, paused, rest):
    segmenter = Segmenter()
    segmenter.feed(pieces(text))
    assert "".join(segment.text for segment in segmenter.flush_to_pause()) == paused
    assert "".join(segment.text for segment in segmenter.flush()) == rest


def test_segments_know_where_they_stand_and_whether_they_speak():
    first, second = cut("Hello. \n... ")
    assert (first.number, first.begin, first.end, first.is_speakable) == (1, 0, 8, True)
    assert (second.number, second.begin, second.end, second.is_speakable) == (2, 8, 12, False)
    assert first.find_displayed(1, 3) == (1, 3)
    assert Segment(1, "Hello", 7).find_displayed(1, 3) == (8, 10)
    assert Segment(1, "Hello", 7).end == 12


def test_a_block_that_is_not_spoken_is_a_segment_of_its_own():
    given = [
        SpokenSpan("See: ", 0, 5),
        SpokenSpan("", 5, 20, "code"),
        SpokenSpan("", 20, 30, "code"),
        SpokenSpan("", 30, 33),
        SpokenSpan("This.", 33, 38),
    ]
    found = [
        (segment.text, segment.skipped, segment.begin, segment.end) for segment in cut_pieces(given)
    ]
    assert found == [("See: ", None, 0, 5), ("", "code", 5, 30), ("This.", None, 30, 38)]


def test_what_is_spoken_otherwise_is_cut_by_what_is_spoken():
    given = [
        SpokenSpan("", 0, 2),
        SpokenSpan("One.", 2, 6),
        SpokenSpan("", 6, 8),
        SpokenSpan(" Two dollars. ", 8, 12, is_reworded=True),
        SpokenSpan("Three", 12, 17),
        SpokenSpan("", 17, 19),
    ]
    found = [(segment.text, segment.begin, segment.end) for segment in cut_pieces(given)]
    assert found == [("One. ", 0, 12), ("Two dollars. ", 12, 12), ("Three", 12, 19)]


def test_what_is_forgotten_is_spoken_no_more():
    segmenter = Segmenter()
    segmenter.feed(pieces("One. Two"))
    segmenter.discard()
    assert not segmenter.has_pending
    assert segmenter.flush() == []


def test_a_panic_of_the_splitter_costs_no_text():
    class PanicException(BaseException):
        pass

    def panic(language, text):
        raise PanicException

    assert sentences("One. Two. Three", splitter=panic) == ["One. Two. Three"]


def test_an_interrupt_is_not_a_panic():
    def interrupt(language, text):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sentences("One. Two. Three", splitter=interrupt)


OPTIONS = st.fixed_dictionaries(
    {
        "language": st.sampled_from(["en", "de", "zh", "none"]),
        "max_characters": st.integers(20, 60),
        "min_characters": st.integers(0, 19),
        "fast_start": st.booleans(),
    }
)


@given(texts, st.lists(st.integers(1, 9)), OPTIONS)
def test_the_chopping_changes_nothing(text, sizes, options):
    whole = cut(text, **options)
    assert cut(*chop(text, sizes), **options) == whole
    assert cut(*text, **options) == whole


@given(texts, OPTIONS)
def test_segments_join_to_the_text(text, options):
    segments = cut(text, **options)
    assert "".join(segment.text for segment in segments) == text
    assert [segment.number for segment in segments] == list(range(1, len(segments) + 1))
    for segment in segments:
        assert text[segment.begin : segment.end] == segment.text
        assert 0 < len(segment.text) <= options["max_characters"]
