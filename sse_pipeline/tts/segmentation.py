"""Cuts text that comes in pieces into the segments that are spoken one by one.

The segments depend on the text alone, not on how it was chopped, and join to it exactly.
"""

import re
from dataclasses import dataclass

import sentencex

#: A sentence has ended when this many characters follow it: "3." may become "3.50".
LOOKAHEAD = 3

_NEWLINES = frozenset("\n\v\f\x85\u2028\u2029")
_CLAUSE_END = re.compile(r"[,;:)\u2013\u2014]\s+|[\u3001\uff0c\uff1b\uff1a]")
_SPACE = re.compile(r"\s")
_SUBTAG = re.compile(r"[-_]")


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of the text, numbered from 1; `begin` is in code points of the whole text."""

    number: int
    text: str
    begin: int

    @property
    def end(self) -> int:
        """Return where the segment ends in the whole text."""
        return self.begin + len(self.text)

    @property
    def is_speakable(self) -> bool:
        """Tell whether there is a letter or a digit to speak."""
        return any(character.isalnum() for character in self.text)


class Segmenter:
    """Cuts at the ends of sentences and lines, and where `max_characters` is exceeded.

    Blanks before a sentence belong to its segment.
    """

    __slots__ = ("_begin", "_language", "_max_characters", "_number", "_pending")

    def __init__(self, language: str = "en", max_characters: int = 300) -> None:
        self._language = _SUBTAG.split(language)[0].casefold()
        self._max_characters = max_characters
        self._pending = ""
        self._begin = 0
        self._number = 0

    @property
    def characters(self) -> int:
        """Return how many characters were fed."""
        return self._begin + len(self._pending)

    def feed(self, text: str) -> list[Segment]:
        """Take more text; return the segments that it completes."""
        return [segment for character in text for segment in self._add(character)]

    def flush(self) -> list[Segment]:
        """Return all that is pending, however it ends, as segments."""
        size = len(self._pending)
        return self._cut([*self._sentence_ends(size)[:-1], size])

    def forget(self) -> None:
        """Drop what is pending."""
        self._begin += len(self._pending)
        self._pending = ""

    def _add(self, character: str) -> list[Segment]:
        cut: list[Segment] = []
        if character != "\n" and self._pending.endswith("\r"):
            cut = self._cut_sentences(len(self._pending))
        self._pending += character
        if len(self._pending) > self._max_characters:
            cut += self._cut([_clause_end(self._pending[: self._max_characters])])
        if character in _NEWLINES:
            cut += self._cut_sentences(len(self._pending))
        elif not self._pending[-LOOKAHEAD - 1 : -LOOKAHEAD].isalnum():
            cut += self._cut_sentences(len(self._pending) - LOOKAHEAD)
        return cut

    def _cut_sentences(self, limit: int) -> list[Segment]:
        return self._cut(self._sentence_ends(limit))

    def _sentence_ends(self, limit: int) -> list[int]:
        """List where the pending sentences end, up to `limit`; blanks are none."""
        text = self._pending.lstrip()
        end = len(self._pending) - len(text)
        ends = []
        for sentence in _sentences(self._language, text):
            end += len(sentence)
            if end <= limit and not sentence.isspace():
                ends.append(end)
        return ends

    def _cut(self, ends: list[int]) -> list[Segment]:
        cut, start = [], 0
        for end in ends:
            if end > start:
                self._number += 1
                text = self._pending[start:end]
                cut.append(Segment(self._number, text, self._begin + start))
                start = end
        self._pending = self._pending[start:]
        self._begin += start
        return cut


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
