"""The places at which a text may be cut: ends of sentences, clauses, pauses of the voice."""

import re
from collections.abc import Callable

import regex
import sentencex

SplitSentences = Callable[[str, str], list[str]]

#: A first segment that ends at a clause has at least this many characters.
FIRST_CLAUSE = 15
#: The end of a clause is looked for in the last so many characters: it is a mark and its blanks.
_LONGEST_END = 64

#: A mark between two digits belongs to a number, and a bracket after a digit or a single letter to
#: a formula or a telephone number.
_CLAUSE_END = re.compile(
    r"(?:[;\u2013\u2014]|(?<!\d)[,:]|[,:](?=\s++\D)|(?<=[^\W\d]{2})\))\s++"
    r"|[\u3001\uff1b]|(?<!\d)[\uff0c\uff1a]|[\uff0c\uff1a](?=\D)"
)
_PAUSE = re.compile(
    r"(?:[;\u2013\u2014!?\u2026]|(?<!\d)[,:]|[,:](?=\s++\D)|(?<!\d)(?<!\b\w)\.)"
    r"[)\]\"'\u2019\u201d]*(?:\s+|$)"
    r"|[\u3001\u3002\uff01\uff1b\uff1f]|(?<!\d)[\uff0c\uff1a]|[\uff0c\uff1a](?=\D)"
)
#: Within a character that is made of several, and beside vowels of Thai and Lao that are written
#: before or after their consonant, no text is cut.
_CHARACTER = regex.compile(
    r"[\u0e40-\u0e44\u0ec0-\u0ec4]*+\X[\u0e2f\u0e30\u0e32\u0e33\u0e45\u0e46\u0eb0\u0eb2\u0eb3\u0ebd]*+"
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
    """Return where the first clause ends, once something follows it. Ask at each character."""
    found = _CLAUSE_END.finditer(text, max(FIRST_CLAUSE - 1, len(text) - _LONGEST_END))
    return next((match.end() for match in found if match.end() < len(text)), None)


def pauses(text: str) -> list[int]:
    """Return the ends of the pauses that a voice would make, the last one first."""
    return [match.end() for match in _PAUSE.finditer(text)][::-1]


def best_break(text: str, limit: int) -> int:
    """Return the best place up to `limit` to break a text in which no sentence ends."""
    start = len(text) - len(text.lstrip())
    for pattern, least in ((_CLAUSE_END, limit // 2), (_SPACE, start)):
        ends = [match.end() for match in pattern.finditer(text, start)]
        end = max((end for end in ends if end <= limit), default=0)
        if end > least:
            return end
    ends = [match.end() for match in _CHARACTER.finditer(text)]
    return max((end for end in ends if end <= limit), default=limit)
