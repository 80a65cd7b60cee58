"""Cuts what is spoken of a text that comes in pieces into the segments that are spoken one by one.

The segments depend on the text alone, not on how it was chopped, and join to it exactly.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import sentencex

from .passage import Passage, locate, split
from .speech_text import Piece, coalesce
from .verbalization import goes_on

#: A sentence has ended when this many characters follow it: "3." may become "3.50".
LOOKAHEAD = 3
#: A first segment that ends at a clause has at least this many characters.
FIRST_CLAUSE = 15

_NEWLINES = frozenset("\n\v\f\x85\u2028\u2029")
_CLAUSE_END = re.compile(r"[,;:)\u2013\u2014]\s+|[\u3001\uff0c\uff1b\uff1a]")
_PAUSE = re.compile(
    r"(?:[,;:\u2013\u2014!?\u2026]|(?<!\d)\.)[)\]\"'\u2019\u201d]*(?:\s+|$)"
    r"|[\u3001\u3002\uff01\uff0c\uff1a\uff1b\uff1f]"
)
#: Opens the next sentence, though it is taken for the end of this one until it is closed.
_OPENING = re.compile(r"(?<=\s)[\"'(\[\u00a1\u00ab\u00bf\u2018\u201c\u201e]+\s*\Z")
_SPACE = re.compile(r"\s")
_SUBTAG = re.compile(r"[-_]")


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of the displayed text, numbered from 1, and what is spoken of it.

    `begin` and `end` are code points of the whole displayed text.
    """

    number: int
    #: What is spoken.
    text: str
    begin: int
    #: How it stands in the displayed text; none if it is spoken as it is displayed.
    passage: Passage = ()

    @property
    def end(self) -> int:
        """Return where the segment ends in the displayed text."""
        return self.passage[-1].end if self.passage else self.begin + len(self.text)

    @property
    def is_speakable(self) -> bool:
        """Tell whether there is a letter or a digit to speak."""
        return any(character.isalnum() for character in self.text)

    @property
    def skipped(self) -> str | None:
        """Tell why it is not spoken, for people; None if there is nothing to say."""
        return self.passage[0].skipped if self.passage else None

    def locate(self, begin: int, end: int) -> tuple[int, int]:
        """Find where a stretch of `text` is displayed."""
        if not self.passage:
            return self.begin + begin, self.begin + end
        return locate(self.passage, begin, end)


class Segmenter:
    """Cuts at the ends of sentences and lines, and where `max_characters` is exceeded.

    Sentences are joined until they have `min_characters`. With `fast_start` the first segment may
    be shorter, and end at a clause. A block that is not spoken is a segment by itself. Blanks
    before a sentence belong to its segment. Lengths are those of the spoken text.
    """

    __slots__ = (
        "_is_first",
        "_language",
        "_max_characters",
        "_min_characters",
        "_number",
        "_passage",
        "_pending",
    )

    def __init__(
        self,
        language: str = "en",
        max_characters: int = 300,
        min_characters: int = 0,
        fast_start: bool = False,
    ) -> None:
        self._language = _SUBTAG.split(language)[0].casefold()
        self._max_characters = max_characters
        self._min_characters = min_characters
        self._is_first = fast_start
        self._passage: list[Piece] = []
        self._pending = ""
        self._number = 0

    def feed(self, pieces: Iterable[Piece]) -> list[Segment]:
        """Take more of what is spoken; return the segments that it completes."""
        return [segment for piece in pieces for segment in self._take(piece)]

    def flush(self) -> list[Segment]:
        """Return all that is pending, however it ends, as segments."""
        size = len(self._pending)
        ends = self._joined([end for end in self._sentence_ends(size) if end < size])
        segments = [self._cut(end) for end in ends]
        if self._passage:
            segments.append(self._segment(tuple(self._passage)))
            self.forget()
        return segments

    def pause(self) -> list[Segment]:
        """Return what is pending up to the last pause that a voice would make."""
        ends = [match.end() for match in _PAUSE.finditer(self._pending)]
        return [self._cut(end) for end in ends[-1:]]

    def forget(self) -> None:
        """Drop what is pending."""
        self._passage.clear()
        self._pending = ""

    @property
    def has_pending(self) -> bool:
        """Tell whether something is pending that may have to be spoken."""
        return bool(self._pending)

    def _take(self, piece: Piece) -> Iterator[Segment]:
        if self._passage and piece.skipped != self._passage[-1].skipped:
            yield from self.flush()
        self._passage.append(piece)
        for character in piece.text:
            yield from self._add(character)

    def _add(self, character: str) -> Iterator[Segment]:
        if character != "\n" and self._pending.endswith("\r"):
            yield from self._cut_sentences(len(self._pending), at_line_end=True)
        self._pending += character
        if len(self._pending) > self._max_characters:
            yield self._cut(_clause_end(self._pending[: self._max_characters]))
        if self._is_first and (end := self._first_clause_end()):
            yield self._cut(end)
        if character in _NEWLINES:
            yield from self._cut_sentences(len(self._pending), at_line_end=True)
        elif not self._pending[-LOOKAHEAD - 1 : -LOOKAHEAD].isalnum():
            yield from self._cut_sentences(len(self._pending) - LOOKAHEAD)

    def _first_clause_end(self) -> int | None:
        """Find where the first clause ends, once something follows it."""
        found = _CLAUSE_END.finditer(self._pending[:-1], FIRST_CLAUSE - 1)
        return next((match.end() for match in found), None)

    def _cut_sentences(self, limit: int, *, at_line_end: bool = False) -> list[Segment]:
        ends = self._joined(self._sentence_ends(limit), limit if at_line_end else None)
        return [self._cut(end) for end in ends]

    def _sentence_ends(self, limit: int) -> list[int]:
        """List where the pending sentences end, up to `limit`; blanks are none."""
        text = self._pending.lstrip()
        end = len(self._pending) - len(text)
        ends = []
        for sentence in _sentences(self._language, text):
            end += len(sentence)
            opening = _OPENING.search(sentence)
            here = end - len(opening[0]) if opening else end
            if here <= limit and not sentence.isspace() and not self._goes_on(here):
                ends.append(here)
        return ends

    def _goes_on(self, end: int) -> bool:
        return goes_on(self._pending[:end], self._pending[end:], self._language)

    def _joined(self, ends: list[int], line_end: int | None = None) -> list[int]:
        """Join what is too short; return the lengths to cut off, one after the other."""
        start = 0
        lengths: list[int] = []
        for end in ends:
            least = 0 if self._is_first and not lengths else self._min_characters
            if end == line_end or len(self._pending[start:end].strip()) >= least:
                lengths.append(end - start)
                start = end
        return lengths

    def _cut(self, length: int) -> Segment:
        passage, rest = split(self._passage, length)
        self._passage = [*rest]
        self._pending = self._pending[length:]
        return self._segment(passage)

    def _segment(self, passage: Passage) -> Segment:
        self._number += 1
        text = "".join(piece.text for piece in passage)
        segment = Segment(self._number, text, passage[0].begin, coalesce(passage))
        self._is_first = self._is_first and not segment.is_speakable
        return segment


def _sentences(language: str, text: str) -> list[str]:
    """Split a text that has no newlines; what comes back is of the same lengths.

    A lone surrogate can't be passed on, and blanks beyond ASCII make `sentencex` panic.
    """
    if not text.isascii():
        text = _SPACE.sub(" ", text).encode("utf-8", "replace").decode()
    try:
        sentences: list[str] = sentencex.segment(language, text)
    except BaseException as error:  # A panic of its Rust is no Exception.
        if type(error).__name__ != "PanicException":
            raise
        return [text]
    return sentences


def _clause_end(text: str) -> int:
    """Find the best place to break a text without an end of a sentence."""
    start = len(text) - len(text.lstrip())
    for pattern, least in ((_CLAUSE_END, len(text) // 2), (_SPACE, start)):
        end = max((match.end() for match in pattern.finditer(text, start)), default=0)
        if end > least:
            return end
    return len(text)
