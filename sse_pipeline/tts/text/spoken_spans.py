"""Spoken text that knows its place in the displayed text.

A `SpokenSpan` is one stretch of the displayed text with the words that are spoken for it. A tuple
of spans covers a longer stretch without a gap. So a word that is heard can be marked where it is
shown, even if the spoken text differs from the displayed one.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

#: The kinds of lines that a voice sets apart.
Block = Literal["heading", "item"]


@dataclass(frozen=True, slots=True)
class SpokenSpan:
    """A stretch of the displayed text, and the text that is spoken for it."""

    #: The spoken text: the stretch itself, other words, or "" if the stretch is not spoken.
    text: str
    #: Where the stretch begins and ends, in code points of the displayed text.
    begin: int
    end: int
    #: Why a whole block is not spoken, for people: "code" or "formula".
    skipped: str | None = None
    #: Whether the spoken text stands for the stretch as a whole, and not character by character.
    is_reworded: bool = False
    #: What the line is, or None. It says how long a voice pauses, and not what it speaks.
    block: Block | None = field(default=None, compare=False)


SpokenSpans = tuple[SpokenSpan, ...]


def join_spans(spans: Iterable[SpokenSpan]) -> SpokenSpans:
    """Join neighbours that are spoken character by character, and neighbours that are left out."""
    joined: list[SpokenSpan] = []
    for span in spans:
        last = joined[-1] if joined else None
        if last is not None and _kind(last) == _kind(span) is not None:
            joined[-1] = SpokenSpan(last.text + span.text, last.begin, span.end, span.skipped)
        else:
            joined.append(span)
    return tuple(joined)


def split_spans(spans: Iterable[SpokenSpan], at: int) -> tuple[SpokenSpans, SpokenSpans]:
    """Split before a character of the spoken text.

    Spans without spoken text at this place go to the right.
    """
    left: list[SpokenSpan] = []
    rest = iter(spans)
    for span in rest:
        if at <= 0:
            return tuple(left), (span, *rest)
        if at < len(span.text):
            first, second = _split_span(span, at)
            return (*left, first), (second, *rest)
        left.append(span)
        at -= len(span.text)
    return tuple(left), ()


def find_displayed(spans: SpokenSpans, begin: int, end: int) -> tuple[int, int]:
    """Return where a stretch of the spoken text is displayed."""
    start = 0
    found: list[int] = []
    for span in spans:
        stop = start + len(span.text)
        if start < end and stop > begin:
            found += _find_in_span(span, max(begin - start, 0), min(end, stop) - start)
        start = stop
    return (min(found), max(found)) if found else (spans[0].begin, spans[0].begin)


def replace_spoken(spans: SpokenSpans, replacements: Iterable[SpokenSpan]) -> SpokenSpans:
    """Return spans whose spoken text is replaced.

    The places of `replacements` count in the spoken text of `spans`, and cover it without a gap.
    """
    return tuple(_replaced(spans, replacements))


def _replaced(spans: SpokenSpans, replacements: Iterable[SpokenSpan]) -> Iterator[SpokenSpan]:
    for replacement in replacements:
        here, spans = split_spans(spans, replacement.end - replacement.begin)
        yield from _reworded(here, replacement.text) if replacement.is_reworded else here
    yield from spans


def _reworded(spans: SpokenSpans, text: str) -> Iterator[SpokenSpan]:
    """Replace all that is spoken of some spans; keep the silent spans before and after it."""
    spoken = [span for span in spans if span.text]
    begin, end = spoken[0].begin, spoken[-1].end
    yield from (span for span in spans if span.end <= begin and not span.text)
    yield SpokenSpan(text, begin, end, is_reworded=True)
    yield from (span for span in spans if span.begin >= end and not span.text)


def _kind(span: SpokenSpan) -> tuple[bool, str | None] | None:
    if span.is_reworded:
        return None
    return bool(span.text), span.skipped


def _split_span(span: SpokenSpan, at: int) -> tuple[SpokenSpan, SpokenSpan]:
    # A reworded span can't be split in the displayed text: its first part takes all of that.
    middle = span.end if span.is_reworded else span.begin + at
    first = replace(span, text=span.text[:at], end=middle)
    return first, replace(span, text=span.text[at:], begin=middle)


def _find_in_span(span: SpokenSpan, begin: int, end: int) -> tuple[int, int]:
    if span.is_reworded:
        return span.begin, span.end
    return span.begin + begin, span.begin + end
