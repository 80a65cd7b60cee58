"""The places at which a text may be cut: ends of sentences, clauses, pauses of the voice."""

import re
from collections.abc import Callable

import sentencex

SplitSentences = Callable[[str, str], list[str]]

#: A first segment that ends at a clause has at least this many characters.
FIRST_CLAUSE = 15

_CLAUSE_END = re.compile(r"[,;:)\u2013\u2014]\s+|[\u3001\uff0c\uff1b\uff1a]")
_PAUSE = re.compile(
    r"(?:[,;:\u2013\u2014!?\u2026]|(?<!\d)\.)[)\]\"'\u2019\u201d]*(?:\s+|$)"
    r"|[\u3001\u3002\uff01\uff0c\uff1a\uff1b\uff1f]"
)
#: An opening quote or bracket belongs to the next sentence. The splitter gives it to this one as
#: long as it does not see the closing one.
_OPENING = re.compile(r"(?<=\s)[\"'(\[\u00a1\u00ab\u00bf\u2018\u201c\u201e]+\s*\Z")
_SPACE = re.compile(r"\s")


def split_sentences(
    language: str, text: str, splitter: SplitSentences = sentencex.segment
) -> list[str]:
    """Split a text without newlines. The sentences have the lengths that they have in the text."""
    if not text.isascii():
        # sentencex can't take a lone surrogate, and panics at blanks beyond ASCII.
        text = _SPACE.sub(" ", text).encode("utf-8", "replace").decode()
    try:
        return splitter(language, text)
    except BaseException as error:
        # A panic of Rust arrives as a PanicException, which is not an Exception. Everything else
        # goes on: an interrupt of the process must not be taken for a panic.
        if type(error).__name__ != "PanicException":
            raise
        return [text]


def opening_length(sentence: str) -> int:
    """Return how many characters at the end of a sentence open the next one."""
    opening = _OPENING.search(sentence)
    return len(opening[0]) if opening else 0


def first_clause_end(text: str) -> int | None:
    """Return where the first clause ends, once something follows it."""
    found = _CLAUSE_END.finditer(text[:-1], FIRST_CLAUSE - 1)
    return next((match.end() for match in found), None)


def last_pause(text: str) -> int | None:
    """Return the end of the last pause that a voice would make, or None."""
    ends = [match.end() for match in _PAUSE.finditer(text)]
    return ends[-1] if ends else None


def best_break(text: str) -> int:
    """Return the best place to break a text in which no sentence ends."""
    start = len(text) - len(text.lstrip())
    for pattern, least in ((_CLAUSE_END, len(text) // 2), (_SPACE, start)):
        end = max((match.end() for match in pattern.finditer(text, start)), default=0)
        if end > least:
            return end
    return len(text)
