"""Cleaning looks at each character a bounded number of times."""

import sys

import pytest

from sse_pipeline.tts.text.cleaning import MarkdownCleaner
from sse_pipeline.tts.text.cleaning.markdown_rules import OpenMarks

pytestmark = pytest.mark.exhaustive


def calls(text: str, size: int) -> int:
    """Count the calls that reading takes, a look at 300 characters being one."""
    count = 0

    def note(frame, event, argument):
        nonlocal count
        count += event in ("call", "c_call")

    speech = MarkdownCleaner()
    sys.setprofile(note)
    try:
        for begin in range(0, len(text), size):
            speech.feed(text[begin : begin + size])
        speech.flush()
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("size", [4, 3_000])
@pytest.mark.parametrize(
    "text",
    [
        "[", "[a", "[a](", "*", "**a", "_", "~", "`", "`a", "```\n", "<", "<a ", "<!--", "&", "&a",
        "\\", "$", "$a", "!", "![", "|", "| ", "|-", "- ", "> ", "# ", " ", "\n", "\r", "h", "http",
        "https://", "https://a.", "https://a.b/(", "w", "www.", "\U0001f600", "\u200d", "1. ",
        "[1]", "\u30101", "x", "Plain words. ",
    ],
)  # fmt: skip
def test_the_work_grows_with_the_text(text, size):
    long = (text * 3_000)[:3_000]
    assert calls(long, size) < 40 * len(long)
    assert calls("| " + long, size) < 40 * len(long)


def counted(name):
    """Return an operation of an int that counts itself."""

    def method(self, *others):
        CountedSize.uses += 1
        result = getattr(int, name)(self, *others)
        return CountedSize(result) if name.endswith(("add__", "sub__")) else result

    return method


class CountedSize(int):
    """The size of a mark, which counts how often it is added, compared or looked up."""

    uses = 0

    __add__, __radd__, __sub__, __rsub__ = map(
        counted, ["__add__", "__radd__", "__sub__", "__rsub__"]
    )
    __eq__, __lt__, __gt__, __hash__ = map(counted, ["__eq__", "__lt__", "__gt__", "__hash__"])


def test_a_mark_of_emphasis_does_not_look_at_all_that_are_open():
    marks = OpenMarks()
    for _ in range(3_000):
        marks.open(CountedSize(1))
    CountedSize.uses = 0
    for _ in range(1_000):
        assert not marks.has(CountedSize(2))  # "b**c " after many "*a "
        assert marks.total > 2
        marks.open(CountedSize(2))
        marks.close(CountedSize(2))
    assert CountedSize.uses < 40 * 1_000
    assert marks.total == 3_000


class CountedText(str):  # noqa: SLOT000 - the reader takes a str
    """A text that counts the characters that are copied out of it."""

    copied = 0

    def __radd__(self, other):
        return CountedText(f"{other}{self}")

    def __add__(self, other):
        CountedText.copied += len(self)
        return CountedText(f"{self}{other}")

    def __getitem__(self, place):
        part = super().__getitem__(place)
        CountedText.copied += len(part)
        return CountedText(part)


@pytest.mark.parametrize(
    "text", ["[a](b)", "![a](b)", "[a][b] ", "<https://a.b>", "*a*", "`a`", "# a\n", "| a | b |\n"]
)
def test_what_is_copied_grows_with_the_text(text):
    def copied(count):
        speech = MarkdownCleaner()
        CountedText.copied = 0
        speech.feed(CountedText(text * count))
        speech.flush()
        return CountedText.copied

    assert copied(800) < 1.1 * 4 * copied(200)
