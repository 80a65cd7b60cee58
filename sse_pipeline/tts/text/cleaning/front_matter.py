"""Front matter: the data of a page, between two lines of dashes or pluses at its beginning."""

from collections.abc import Callable
from typing import Any

from sse_pipeline.tts.text.cleaning.literal_text import HiddenReader
from sse_pipeline.tts.text.cleaning.markdown_rules import (
    HIDDEN_LIMIT,
    NEWLINE,
    MarkdownLine,
    MarkdownRule,
    ReadStep,
    drop,
)


def _hide(line: MarkdownLine, found: Any) -> ReadStep | None:
    if not line.is_first or line.indentation:
        return None
    line.begin_block()
    line.begin_text()
    return drop(line, found)


def _hide_to(end: str) -> Callable[[MarkdownLine, Any], ReadStep | None]:
    reader_end = rf"(?<=[\r\n])(?:{end})[ \t]*+(?=[\r\n])"

    def hide(line: MarkdownLine, found: Any) -> ReadStep | None:
        step = _hide(line, found)
        return step and step._replace(then=HiddenReader(reader_end))

    return hide


def _rules(mark: str, key: str, end: str) -> tuple[MarkdownRule, ...]:
    """Make the rules of one kind of front matter. A page may have more of it than is awaited."""
    newline = rf"(?>{NEWLINE})"
    line = rf"(?:{key}[^\r\n]*+|[ \t]++[^\r\n]*+|[-#\[\]}}][^\r\n]*+)?+"
    begin = rf"{mark}[ \t]*+{newline}(?={key})"
    return (
        MarkdownRule(
            rf"{begin}(?:(?!{mark}){line}{newline})+?(?:{end})[ \t]*+(?=[\r\n])",
            _hide,
            HIDDEN_LIMIT,
        ),
        MarkdownRule(
            rf"{begin}(?=(?:(?!{mark}){line}{newline}){{40}})",
            _hide_to(end),
            2 * HIDDEN_LIMIT,
        ),
    )


DASHES = _rules("---", r"[\w.\"'-]++[ \t]*+:(?=[ \t\r\n])", r"---|\.\.\.")
PLUSES = _rules(r"\+\+\+", r"[\w.\"'-]++[ \t]*+=", r"\+\+\+")
