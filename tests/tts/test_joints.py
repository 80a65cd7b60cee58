"""A segment knows what separates it from the one that is spoken before it."""

import pytest

from sse_pipeline.tts.text.segmenter import Segmenter
from sse_pipeline.tts.text.text_pipeline import TextPipeline


def joints(*texts: str, fast_start: bool = False, language: str = "en") -> list[tuple[str, object]]:
    pipeline = TextPipeline(Segmenter(language, 60, fast_start=fast_start), language)
    found = [segment for text in texts for segment in pipeline.feed(text)] + pipeline.flush()
    return [(each.text.strip(), each.joint) for each in found if each.is_speakable]


CASES: dict[str, list[str | None]] = {
    "One here. Two there.": ["sentence"],
    "Is it one? It is two! So.": ["sentence", "sentence"],
    "He said “one.” “Two,” she said.": ["sentence"],
    "One.\n\nTwo.": ["paragraph"],
    "One.\r\n\r\nTwo.": ["paragraph"],
    "One.\n \t\nTwo.": ["paragraph"],
    "# One\nTwo.": ["heading"],
    "One.\n\n## Two\n\nThree.": ["heading", "heading"],
    "- One\n- Two\n\n* Three\n\nFour.": ["item", "item", "paragraph"],
    "So:\n\n1. One\n2. Two": ["item", "item"],
    "One.\n\n```\ncode()\n```\nTwo.": ["paragraph"],
    "# One\n\n```\ncode()\n```\n\nTwo.": ["heading"],
    "One.\n\n***\n\nTwo.": ["paragraph"],
    "A clause that is so long that it ends in a comma here, then the rest of it.": ["clause"],
    "A clause that is so long that it has got nowhere any mark at all to be cut at": [None],
}


@pytest.mark.parametrize("text", CASES)
def test_the_joint_before_each_segment(text):
    found = [joint for _, joint in joints(text)]
    assert found == [None, *CASES[text]]
    assert joints(*text) == joints(text)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("zh", "你好\u3002世界\uff01"),
        ("hi", "नमस्ते। दुनिया।"),
        ("ar", "هل هذا؟ نعم."),
        ("ja", "はい。いいえ。"),
    ],
)
def test_sentences_of_other_scripts(language, text):
    assert [joint for _, joint in joints(text, language=language)] == [None, "sentence"]


def test_a_first_clause_is_a_clause():
    found = joints("In the beginning, there was a word.", fast_start=True)
    assert found == [("In the beginning,", None), ("there was a word.", "clause")]
