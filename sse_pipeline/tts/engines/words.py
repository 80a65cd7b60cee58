"""The words of a text."""

from dataclasses import dataclass
from itertools import pairwise

import regex

_BOUNDARY = regex.compile(r"\b", regex.WORD | regex.VERSION1)


@dataclass(frozen=True, slots=True)
class Word:
    """Where a word stands in its text."""

    begin: int
    end: int


def find_words(text: str) -> list[Word]:
    """Find what has a letter or a digit between two boundaries of words (Unicode, UAX #29).

    Each ideograph is a word, and "3.50" and "don't" are one.
    """
    places = [match.start() for match in _BOUNDARY.finditer(text)]
    found = pairwise(places)
    return [Word(*place) for place in found if any(map(str.isalnum, text[slice(*place)]))]
