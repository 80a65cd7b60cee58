"""Reads a displayed text as it comes, and tells what is spoken of it."""

from .blocks import read_start
from .inline import read_inline
from .pieces import Piece
from .rules import Line, Step


class SpeechText:
    """Takes Markdown in pieces; gives what is spoken of each stretch.

    The pieces tile the text. What is spoken does not depend on how the text was chopped, and plain
    text comes at once: only the beginning of what may be markup is held back, for 300 characters
    or to the end of the line at most (1000 for a link).
    """

    __slots__ = ("_at", "_line", "_offset", "_pieces", "_text")

    def __init__(self) -> None:
        #: What is held back, from `_at`; what is before it is looked back at.
        self._text = ""
        self._at = 0
        #: Where `_text` begins in the whole text.
        self._offset = 0
        self._line = Line()
        self._pieces: list[Piece] = []

    @property
    def characters(self) -> int:
        """Return how many characters were fed."""
        return self._offset + len(self._text)

    def feed(self, text: str) -> list[Piece]:
        """Take more displayed text; return the pieces that are certain."""
        self._text += text
        return self._read(self._text, final=False)

    def flush(self) -> list[Piece]:
        """Return all that is held back, read as if the line ended here; a block goes on."""
        return self._read(self._text + "\n", final=True)

    def _read(self, text: str, *, final: bool) -> list[Piece]:
        self._read_span(text, len(self._text), final=final)
        kept = max(self._at - 1, 0)
        self._text, self._at, self._offset = self._text[kept:], self._at - kept, self._offset + kept
        pieces, self._pieces = self._pieces, []
        return pieces

    def _read_span(self, text: str, end: int, *, final: bool) -> None:
        while self._at < end:
            step = self._step(text, final=final)
            if step is None:
                break
            if step.inner:
                self._read_inner(text, *step.inner)
            self._say(text, min(step.end, end), step.spoken, step.skipped)

    def _step(self, text: str, *, final: bool) -> Step | None:
        line = self._line
        if line.raw is not None:
            return line.raw.step(line, text, self._at, final=final)
        read = read_start if line.is_start else read_inline
        return read(line, text, self._at, final=final)

    def _read_inner(self, text: str, begin: int, end: int) -> None:
        """Read the text of a link, which is there to its end."""
        self._say(text, begin, "")
        self._read_span(text[:end] + "\n", end, final=True)
        self._line.raw = None

    def _say(self, text: str, end: int, spoken: str | None, skipped: str | None = None) -> None:
        begin, self._at = self._at, end
        if begin == end:
            return
        verbatim = text[begin:end]
        spoken = verbatim if spoken is None else spoken
        self._line.last = spoken[-1:] or self._line.last
        place = self._offset + begin, self._offset + end
        self._pieces.append(Piece(spoken, *place, skipped, spoken not in ("", verbatim)))
