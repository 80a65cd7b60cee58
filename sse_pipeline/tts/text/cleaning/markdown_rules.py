"""Rules that recognise a construct of Markdown while it is still being written.

A rule matches in part as long as more text can complete it. The reader then waits for more text,
but never for longer than the limit of the rule.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

import regex

from sse_pipeline.tts.text.spoken_spans import Block

#: How many characters a construct may have, and a link with its address. For so many characters
#: the end of something hidden is awaited: if it does not come, the beginning may be a mistake.
LIMIT = 300
LINK_LIMIT = 2000
HIDDEN_LIMIT = 2000
#: The columns by which code is indented.
CODE_INDENTATION = 4


class ReadStep(NamedTuple):
    """The spoken text for the displayed text up to `end`."""

    end: int
    #: None if the text is spoken as it is displayed.
    spoken: str | None = None
    #: Why a whole block is not spoken.
    skipped: str | None = None
    #: Where the text of a link stands. It is read by itself; the text around it is not spoken.
    inner: tuple[int, int] | None = None
    #: The reader of the text that follows.
    then: "LiteralReader | None" = None


class LiteralReader(Protocol):
    """Reads a stretch in which Markdown means nothing, such as code."""

    def read(self, line: "MarkdownLine", text: str, at: int, *, final: bool) -> ReadStep | None:
        """Return the next step, or None if more text is needed.

        At the end of the stretch the reader sets `line.literal` to None.
        """
        ...


class OpenMarks:
    """The open marks of one character of emphasis. No operation looks at all of them."""

    __slots__ = ("_counts", "_sizes", "total")

    def __init__(self) -> None:
        #: The number of characters of all marks.
        self.total = 0
        self._sizes: list[int] = []
        self._counts: Counter[int] = Counter()

    def open(self, size: int) -> None:
        """Open a mark."""
        self._sizes.append(size)
        self._counts[size] += 1
        self.total += size

    def has(self, size: int) -> bool:
        """Return whether a mark of this size is open."""
        return self._counts[size] > 0

    def close(self, size: int) -> None:
        """Close marks, the last ones first, up to so many characters of them."""
        while size and self._sizes:
            last = self._sizes.pop()
            self._counts[last] -= 1
            self.total -= last
            if last > size:
                self.open(last - size)
            size -= min(last, size)


@dataclass(slots=True)
class MarkdownLine:
    """The state of the line that is being read."""

    #: Whether only indentation, quotation marks and list markers have come.
    is_start: bool = True
    is_blank: bool = True
    #: Whether this is the first line of the text, and whether a blank line stands before it.
    is_first: bool = True
    is_after_blank: bool = True
    #: How many columns this line is indented, and the text of the last list item.
    indentation: int = 0
    item_indentation: int = 0
    is_quoted: bool = False
    is_item: bool = False
    is_heading: bool = False
    is_row: bool = False
    #: The open marks of each character of emphasis.
    opened: dict[str, OpenMarks] = field(default_factory=dict)
    #: The reader of the text while Markdown means nothing in it.
    literal: LiteralReader | None = None
    #: The last spoken character.
    last: str = ""
    #: The last spoken character of this line and of the one before, without blanks.
    text_end: str = ""
    text_end_before: str = ""
    #: Whether the thoughts of a model and its calls of tools are spoken.
    speaks_thinking: bool = False
    #: Returns a formula in words, or None if it is not spoken.
    read_formula: Callable[[str], str | None] = lambda tex: None

    def begin_block(self) -> None:
        """Begin a block: it closes the emphasis of the paragraph before it."""
        self.is_blank = False
        self.opened.clear()

    def begin_text(self) -> None:
        """Begin the text of the line: all its markers were read."""
        self.is_start = self.is_blank = False

    def begin_item(self, marker: int) -> None:
        """Begin a list item whose marker has so many characters."""
        self.begin_block()
        self.is_item = True
        self.indentation += marker
        self.item_indentation = self.indentation

    @property
    def is_indented_code(self) -> bool:
        """Whether the line is code because it is indented so far."""
        return (
            self.is_after_blank
            and self.is_blank
            and self.indentation >= self.item_indentation + CODE_INDENTATION
        )

    def note_spoken(self, spoken: str) -> None:
        """Note what is spoken next."""
        self.last = spoken[-1:] or self.last
        self.text_end = spoken.rstrip()[-1:] or self.text_end

    @property
    def goes_on(self) -> bool:
        """Whether the line before ended within a sentence."""
        return self.text_end_before.isalnum() or self.text_end_before == ","

    def end(self) -> None:
        """End the line; a blank one ends the paragraph."""
        if self.is_blank:
            self.opened.clear()
        self.is_after_blank = self.is_blank
        self.is_start = self.is_blank = True
        self.is_first = False
        self.text_end_before, self.text_end = self.text_end, ""
        self.indentation = 0
        self.is_quoted = self.is_item = self.is_heading = self.is_row = False

    @property
    def block(self) -> Block | None:
        """What the line is, if a voice sets it apart."""
        if self.is_heading:
            return "heading"
        return "item" if self.is_item else None

    @property
    def gap(self) -> str:
        """The blank that keeps two words apart if the text between them is not spoken."""
        return "" if not self.last or self.last.isspace() else " "


class MarkdownRule:
    """A pattern and the action for its match. The action returns None to decline.

    The pattern ends with a closing mark or a positive lookahead: more text must not change a match
    that is complete.
    """

    __slots__ = ("_limit", "_pattern", "action")

    def __init__(
        self,
        pattern: str,
        action: Callable[[MarkdownLine, Any], ReadStep | None],
        limit: int = LIMIT,
    ) -> None:
        self._pattern = regex.compile(pattern)
        self._limit = limit
        self.action = action

    def match(self, text: str, at: int, *, final: bool) -> Any:
        """Return the match, a partial match if more text is needed, or None."""
        limit = at + self._limit
        found = self._pattern.match(text, at, limit, partial=not final)
        is_over = found is not None and found.partial and len(text) >= limit
        return None if is_over else found


def read_by(
    rules: Iterable[MarkdownRule],
    line: MarkdownLine,
    text: str,
    at: int,
    *,
    final: bool,
    otherwise: ReadStep,
) -> ReadStep | None:
    """Return the step of the first rule that applies, or None if more text is needed."""
    for rule in rules:
        found = rule.match(text, at, final=final)
        if found is not None and found.partial:
            return None
        step = rule.action(line, found) if found is not None else None
        if step is not None:
            return step
    return otherwise


def drop(line: MarkdownLine, found: Any) -> ReadStep:
    """Do not speak the match."""
    return ReadStep(found.end(), "")


NEWLINE = r"\r\n|\n|\r(?=[^\n])"
#: The end of a line within a paragraph: another line of it follows.
LINE_WITHIN = rf"(?>{NEWLINE})(?=[ \t]*+[^ \t\r\n>#|=`~*+-])"
