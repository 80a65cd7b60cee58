"""Cleaning looks at each character a bounded number of times."""

import sys

import pytest

from sse_pipeline.tts.text.cleaning import MarkdownCleaner


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
