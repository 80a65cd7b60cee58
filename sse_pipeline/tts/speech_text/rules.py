"""How a construct is recognised while it is still being written."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

import regex

#: No construct is waited for longer than this many characters, but for a link's address.
LIMIT = 300
LINK_LIMIT = 1000


class Step(NamedTuple):
    """How the text is read up to `end`."""

    end: int
    #: None where it is spoken as it stands.
    spoken: str | None = None
    skipped: str | None = None
    #: Where the text of a link stands: it is read, and what is around it is not spoken.
    inner: tuple[int, int] | None = None


class Raw(Protocol):
    """Reads a stretch in which Markdown means nothing, such as code."""

    def step(self, line: "Line", text: str, at: int, *, final: bool) -> Step | None:
        """Read on; set `line.raw` to None at its end. Return None if more text is needed."""
        ...


@dataclass(slots=True)
class Line:
    """What is known of the line that is being read."""

    #: No more than indentation, quotation marks and list markers came yet.
    is_start: bool = True
    is_blank: bool = True
    is_quoted: bool = False
    is_item: bool = False
    is_heading: bool = False
    is_row: bool = False
    #: The sizes of the emphasis markers that are open, for each character of them.
    opened: dict[str, list[int]] = field(default_factory=dict)
    raw: Raw | None = None
    #: The last character that is spoken.
    last: str = ""

    def begin_block(self) -> None:
        """Note that what was open in the paragraph before is closed."""
        self.is_blank = False
        self.opened.clear()

    def begin_text(self) -> None:
        """Note that all that stands before the text of the line was read."""
        self.is_start = self.is_blank = False

    def end(self) -> None:
        """Note the end of the line."""
        if self.is_blank:
            self.opened.clear()
        self.is_start = self.is_blank = True
        self.is_quoted = self.is_item = self.is_heading = self.is_row = False

    @property
    def gap(self) -> str:
        """Return the blank that keeps the words around something left out apart."""
        return "" if not self.last or self.last.isspace() else " "


class Rule:
    """A pattern, and what is done where it matches; the action may decline with None.

    More text may not change a match: the pattern ends with what closes it or a positive lookahead.
    """

    __slots__ = ("_limit", "_pattern", "action")

    def __init__(
        self, pattern: str, action: Callable[[Line, Any], Step | None], limit: int = LIMIT
    ) -> None:
        self._pattern = regex.compile(pattern)
        self._limit = limit
        self.action = action

    def match(self, text: str, at: int, *, final: bool) -> Any:
        """Return the match, a partial one if more text is needed, or None."""
        limit = at + self._limit
        found = self._pattern.match(text, at, limit, partial=not final)
        is_over = found is not None and found.partial and len(text) >= limit
        return None if is_over else found


def read_by(
    rules: Iterable[Rule], line: Line, text: str, at: int, *, final: bool, otherwise: Step
) -> Step | None:
    """Apply the first rule that matches; return None if more text is needed to know."""
    for rule in rules:
        found = rule.match(text, at, final=final)
        if found is not None and found.partial:
            return None
        step = rule.action(line, found) if found is not None else None
        if step is not None:
            return step
    return otherwise


def drop(line: Line, found: Any) -> Step:
    """Leave the match out."""
    return Step(found.end(), "")


NEWLINE = r"\r\n|\n|\r(?=[^\n])"
