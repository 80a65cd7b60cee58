"""The marks of emphasis. In formulas and names the same characters are not emphasis."""

from typing import Any

from sse_pipeline.tts.text.cleaning.markdown_rules import (
    LIMIT,
    MarkdownLine,
    MarkdownRule,
    OpenMarks,
    ReadStep,
)

_CLOSING_BRACKETS = ")]}"
_STOPS = ".,;:!?" + _CLOSING_BRACKETS


def _emphasis(line: MarkdownLine, found: Any) -> ReadStep:
    """Do not speak a run of marks that opens or closes emphasis.

    The closing mark is not awaited: the text after an opening mark is spoken at once.
    """
    text, begin, end = found.string, found.start(), found.end()
    mark, size = text[begin], end - begin
    before, after = text[begin - 1 : begin], text[end]
    opened = line.opened.setdefault(mark, OpenMarks())
    if mark == "~" and size != 2:
        return ReadStep(end)
    if opened.total and _closes(mark, size, opened, before, after):
        opened.close(size)
        return ReadStep(end, "")
    if _opens(mark, size, before, after):
        opened.open(size)
        return ReadStep(end, "")
    return ReadStep(end)


def _closes(mark: str, size: int, opened: OpenMarks, before: str, after: str) -> bool:
    if not before or before.isspace() or (mark == "_" and _is_of_word(after)):
        return False
    if _is_latin(before) and _is_latin(after):
        return opened.has(size)
    return size <= opened.total


def _opens(mark: str, size: int, before: str, after: str) -> bool:
    if after.isspace() or (size == 1 and after in _STOPS):
        return False
    if mark == "_":
        return not _is_of_word(before)
    return not (before and (_is_latin(before) or before in _CLOSING_BRACKETS))


def _is_latin(character: str) -> bool:
    """Return whether words of such characters have blanks between them."""
    return character.isalnum() and ord(character) < 0x2E80


def _is_of_word(character: str) -> bool:
    return character.isalnum() or character == "_"


RULES = {
    mark: (MarkdownRule(rf"[{mark}]{{1,{LIMIT - 1}}}+(?=[^{mark}])", _emphasis),) for mark in "*_~"
}
