"""The way of any text to segments: nothing is lost, and the pieces do not matter."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.fuzzing import examples
from harness.unicode import ANY_TEXT
from sse_pipeline.tts.text.cleaning import MarkdownCleaner
from sse_pipeline.tts.text.segmenter import Segmenter
from sse_pipeline.tts.text.text_pipeline import TextPipeline

pytestmark = pytest.mark.exhaustive

#: The signs of which Markdown, addresses, amounts and dates are made.
SIGNS = st.sampled_from(
    ["*", "**", "_", "~~", "`", "```", "~~~", "[", "]", "](", "(", ")", "![", "<", ">", "</b>",
     "<b>",
     "<!--", "-->", "&", "&amp;", "\\", "$", "$$", "\\[", "\\]", "|", "|-", "- ", "1. ", "# ", "> ",
     "\n", "\r", "\r\n", "\n\n", "\t", " ", "http://", "https://a.b", "www.", "a", "Dr.", "e.g.",
     ".",
     "!", "?", "\u3002", "3", "$3.50", "2026-01-02", "12:30", "1,000.5 kg", "50 %", "\U0001f600",
     "\u200d", "\ufe0f", "\u2028", "\u3010", "\u3011", "\ud800", "\u0301", "\x00", "\u05d0",
     "[a](b)"]
)  # fmt: skip
TEXTS = st.lists(SIGNS | ANY_TEXT, max_size=60).map("".join)
LANGUAGES = st.sampled_from(["en", "de", "fr", "es", "pt-BR", "zh", "ja", "ar", "xx", "", "en-GB"])
SIZES = st.lists(st.integers(1, 20), min_size=1, max_size=5)


def pieces(text: str, sizes: list[int]) -> list[str]:
    found, at, turn = [], 0, 0
    while at < len(text):
        size = sizes[turn % len(sizes)]
        found.append(text[at : at + size])
        at, turn = at + size, turn + 1
    return found


@examples(100)
@given(TEXTS, SIZES)
def test_the_cleaned_spans_tile_the_text(text: str, sizes: list[int]) -> None:
    whole, cut = MarkdownCleaner(), MarkdownCleaner()
    spans = [span for each in pieces(text, sizes) for span in cut.feed(each)] + cut.flush()
    at = 0
    for span in spans:
        assert span.begin == at
        assert span.end > at
        at = span.end
    assert at == len(text) == cut.characters
    spoken = "".join(span.text for span in spans)
    assert spoken == "".join(span.text for span in [*whole.feed(text), *whole.flush()])


@examples(80)
@given(TEXTS, SIZES, LANGUAGES, st.tuples(st.integers(20, 60), st.integers(0, 19), st.booleans()))
def test_the_segments_tile_the_text(
    text: str, sizes: list[int], language: str, limits: tuple[int, int, bool]
) -> None:
    def pipeline() -> TextPipeline:
        return TextPipeline(Segmenter(language, *limits), language)

    whole, cut = pipeline(), pipeline()
    segments = [segment for each in pieces(text, sizes) for segment in cut.feed(each)]
    segments += cut.flush()
    assert segments == [*whole.feed(text), *whole.flush()]
    assert [segment.number for segment in segments] == list(range(1, len(segments) + 1))
    assert sum(segment.end - segment.begin for segment in segments) == len(text)
    for segment in segments:
        for at in range(len(segment.text)):
            begin, end = segment.find_displayed(at, at + 1)
            assert segment.begin <= begin <= end <= segment.end
