"""Reads displayed text as it comes, and decides what is spoken for each stretch of it."""

from collections.abc import Callable

from sse_pipeline.tts.text.cleaning.line_starts import read_line_start
from sse_pipeline.tts.text.cleaning.line_text import read_line_text
from sse_pipeline.tts.text.cleaning.markdown_rules import MarkdownLine, ReadStep
from sse_pipeline.tts.text.spoken_spans import SpokenSpan


class MarkdownCleaner:
    """Takes Markdown in chunks; returns spans that cover it without a gap.

    The spoken text does not depend on the chunks. Plain text is returned at once. Only the
    beginning of possible markup is held back, for 300 characters or to the end of the line at most
    (for 2000 characters if it may be a link, or something hidden up to its closing mark).

    With `speaks_thinking` the thoughts of a model and its calls of tools are spoken, too.
    `read_formula` returns a formula in words, or None if it is not spoken.
    """

    __slots__ = ("_at", "_line", "_offset", "_spans", "_text")

    def __init__(
        self,
        *,
        speaks_thinking: bool = False,
        read_formula: Callable[[str], str | None] = lambda tex: None,
    ) -> None:
        #: The text that is held back begins at `_at`. One character before it is kept, because
        #: rules look back at it.
        self._text = ""
        self._at = 0
        #: Where `_text` begins in the whole text.
        self._offset = 0
        self._line = MarkdownLine(speaks_thinking=speaks_thinking, read_formula=read_formula)
        self._spans: list[SpokenSpan] = []

    @property
    def characters(self) -> int:
        """The number of characters that were fed."""
        return self._offset + len(self._text)

    def feed(self, text: str) -> list[SpokenSpan]:
        """Take more displayed text; return the spans that are certain."""
        self._text += text
        return self._read(self._text, final=False)

    def flush(self) -> list[SpokenSpan]:
        """Return everything that is held back, as if the line ended here. An open block goes on."""
        return self._read(self._text + "\n", final=True)

    def _read(self, text: str, *, final: bool) -> list[SpokenSpan]:
        self._read_to(text, len(self._text), final=final)
        kept = max(self._at - 1, 0)
        self._text, self._at, self._offset = self._text[kept:], self._at - kept, self._offset + kept
        spans, self._spans = self._spans, []
        return spans

    def _read_to(self, text: str, end: int, *, final: bool) -> None:
        while self._at < end:
            step = self._next_step(text, final=final)
            if step is None:
                break
            if step.inner:
                self._read_inner(text, *step.inner)
            if step.then:
                self._line.literal = step.then
            self._add_span(text, min(step.end, end), step.spoken, step.skipped)

    def _next_step(self, text: str, *, final: bool) -> ReadStep | None:
        line = self._line
        if line.literal is not None:
            return line.literal.read(line, text, self._at, final=final)
        read = read_line_start if line.is_start else read_line_text
        return read(line, text, self._at, final=final)

    def _read_inner(self, text: str, begin: int, end: int) -> None:
        """Read the text of a link, all of which has come."""
        self._add_span(text, begin, "")
        # Only this part is copied, with the character before it: a text may have many links.
        kept = begin - 1
        self._at, self._offset = begin - kept, self._offset + kept
        self._read_to(text[kept:end] + "\n", end - kept, final=True)
        self._at, self._offset = self._at + kept, self._offset - kept
        self._line.literal = None

    def _add_span(
        self, text: str, end: int, spoken: str | None, skipped: str | None = None
    ) -> None:
        begin, self._at = self._at, end
        if begin == end:
            return
        displayed = text[begin:end]
        spoken = displayed if spoken is None else spoken
        self._line.note_spoken(spoken)
        place = self._offset + begin, self._offset + end
        is_reworded = spoken not in ("", displayed)
        self._spans.append(SpokenSpan(spoken, *place, skipped, is_reworded, self._line.block))
