"""Tells a line end within a paragraph from one that ends a thought.

Prose that is wrapped at a number of columns goes on in the next line, as Markdown has it: a soft
line break is a blank (CommonMark 0.31.2, section 6.8). A short line is a verse, a name or an
address: it ends with its line.
"""

import re
from collections.abc import Sequence

from sse_pipeline.tts.text.spoken_spans import SpokenSpan

#: A shorter line is not wrapped.
SHORTEST_WRAPPED = 40

#: No mark that ends a sentence or announces what follows, and no hard line break.
_GOES_ON = re.compile(r"[^\W_][\"'\u2019\u201d)\]]*,?[ \t]?\r?\n\Z|[;\u2013\u2014-][ \t]?\r?\n\Z")


def may_be_wrapped(text: str, column: int, spans: Sequence[SpokenSpan]) -> bool:
    """Return whether a line that has ended may go on in the next one.

    `text` is its end, `column` its length, and `spans` are its spans, with its end.
    """
    if column < SHORTEST_WRAPPED or not _GOES_ON.search(text[-8:]):
        return False
    last = next(span for span in reversed(spans) if span.text.strip())
    return last.block != "heading"


def goes_on(character: str, ended: SpokenSpan, spans: Sequence[SpokenSpan]) -> bool:
    """Return whether a line goes on with a character that is spoken.

    `ended` is the span in which the line before it ended, and `spans` are those since then. A
    marker of a list or a quotation is a span that is not spoken, or is spoken otherwise.
    """
    if not (character.isalnum() or character in "\"'(\u201c\u2018\u00ab"):
        return False
    return all(
        span.text and not span.is_reworded and span.block == ended.block and not span.skipped
        for span in spans
    )
