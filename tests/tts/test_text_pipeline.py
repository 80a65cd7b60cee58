"""The segments join to the displayed text, for any chopping of the text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.speech.text_chunks import chop
from sse_pipeline.tts.text.segmenter import Segmenter
from sse_pipeline.tts.text.segments import Segment
from sse_pipeline.tts.text.text_pipeline import TextPipeline

ANSWER = """\
# What it costs

Dr. Smith paid **$3.50** for it, see [the list](https://example.com/a_b?c=1)\\!

- First, `pip install` it
- Then \N{PARTY POPPER} run it:

```py
print("x. Y")
```

| Name | Price |
|------|-------|
| Tea  | €2    |

That is all.
"""

PIECES = [
    "**bold** ", "_it_", "`code`", "```\nx = 1\n```\n", "[a](http://b.c/d)", "https://e.f/g. ",
    "\N{GRINNING FACE}", "# Title\n", "- item\n", "1. one\n", "| a | b |\n", "|---|---|\n", "Dr. ",
    "$3.50", ". ", "! ", ", ", "word ", "word", "\n", "\n\n", "<br>", "&amp;", "\\*", "*", "[",
    "10 km", "z. B. ", "\u4f60\u597d\u3002", "\ud800", "\0",
]  # fmt: skip
texts = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=5))).map("".join)


def script(language: str = "en", **options) -> TextPipeline:
    return TextPipeline(Segmenter(language, **options), language)


def segments(*texts: str, **options) -> list[Segment]:
    written = script(**options)
    found = [segment for text in texts for segment in written.feed(text)]
    return found + written.flush()


def test_an_answer_is_put_into_words():
    found = segments(ANSWER, min_characters=10)
    assert [segment.text.strip() for segment in found if segment.is_speakable] == [
        "What it costs",
        "Doctor Smith paid 3 dollars 50 for it, see the list!",
        "First, pip install it",
        "Then  run it:",
        "Name, Price",
        "Tea, 2 euros",
        "That is all.",
    ]
    assert [segment.skipped for segment in found if segment.skipped] == ["code"]
    paid = next(segment for segment in found if "dollars" in segment.text)
    at = paid.text.index("dollars")
    begin, end = paid.find_displayed(at, at + len("dollars"))
    assert ANSWER[begin:end].strip("*") == "$3.50"


@pytest.mark.parametrize(
    ("language", "text", "words"),
    [
        ("en", "Prof. Ada has 5 km to go.", "Professor Ada has 5 kilometers to go."),
        ("de", "Das ist z. B. Bier.", "Das ist zum Beispiel Bier."),
        ("xx", "Das ist z. B. Bier.", "Das ist z. B. Bier."),
    ],
)
def test_words_are_those_of_the_language(language, text, words):
    assert "".join(segment.text for segment in segments(text, language=language)) == words


def test_a_flush_takes_what_the_cleaning_holds_back():
    written = script()
    assert written.feed("and then [a") == []
    assert [segment.text for segment in written.flush()] == ["and then [a"]
    assert written.characters == 11


def test_a_pause_takes_what_is_certain():
    written = script()
    written.feed("See this: [a")
    assert written.has_pending
    assert [segment.text for segment in written.flush_to_pause()] == ["See this: "]


def test_what_is_forgotten_still_counts():
    written = script()
    written.feed("One. **Two")
    written.discard()
    assert not written.has_pending
    assert written.characters == 10
    assert written.flush() == []


OPTIONS = st.fixed_dictionaries(
    {
        "language": st.sampled_from(["en", "de", "zh"]),
        "max_characters": st.integers(20, 60),
        "min_characters": st.integers(0, 19),
        "fast_start": st.booleans(),
    }
)


@given(texts, st.lists(st.integers(1, 9)), OPTIONS)
def test_the_chopping_changes_nothing(text, sizes, options):
    whole = segments(text, **options)
    assert segments(*chop(text, sizes), **options) == whole
    assert segments(*text, **options) == whole


@given(texts, OPTIONS)
def test_segments_join_to_the_displayed_text(text, options):
    end = 0
    for number, segment in enumerate(segments(text, **options), 1):
        assert segment.number == number
        assert (segment.begin, end) == (end, segment.begin)
        end = segment.end
        for at in range(len(segment.text)):
            begin, stop = segment.find_displayed(at, at + 1)
            assert segment.begin <= begin <= stop <= segment.end
    assert end == len(text)
