"""The marks of emphasis, told from the same characters in formulas and names."""

from typing import Any

from .rules import LIMIT, Line, Rule, Step

_CLOSING_BRACKETS = ")]}"
_STOPS = ".,;:!?" + _CLOSING_BRACKETS


def _emphasis(line: Line, found: Any) -> Step:
    """Leave a run of marks out if it opens or closes; what it opens is not waited for."""
    text, begin, end = found.string, found.start(), found.end()
    mark, size = text[begin], end - begin
    before, after = text[begin - 1 : begin], text[end]
    opened = line.opened.setdefault(mark, [])
    if mark == "~" and size != 2:
        return Step(end)
    if opened and _closes(mark, size, opened, before, after):
        _close(opened, size)
        return Step(end, "")
    if _opens(mark, size, before, after):
        opened.append(size)
        return Step(end, "")
    return Step(end)


def _closes(mark: str, size: int, opened: list[int], before: str, after: str) -> bool:
    if not before or before.isspace() or (mark == "_" and _is_of_word(after)):
        return False
    if _is_latin(before) and _is_latin(after):
        return size in opened
    return size <= sum(opened)


def _opens(mark: str, size: int, before: str, after: str) -> bool:
    if after.isspace() or (size == 1 and after in _STOPS):
        return False
    if mark == "_":
        return not _is_of_word(before)
    return not (before and (_is_latin(before) or before in _CLOSING_BRACKETS))


def _close(opened: list[int], size: int) -> None:
    while size and opened:
        last = opened.pop()
        if last > size:
            opened.append(last - size)
        size -= min(last, size)


def _is_latin(character: str) -> bool:
    """Tell whether words of such characters have blanks between them."""
    return character.isalnum() and ord(character) < 0x2E80


def _is_of_word(character: str) -> bool:
    return character.isalnum() or character == "_"


RULES = {mark: (Rule(rf"[{mark}]{{1,{LIMIT - 1}}}+(?=[^{mark}])", _emphasis),) for mark in "*_~"}
