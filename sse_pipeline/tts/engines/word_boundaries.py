"""The words of a text, as Unicode defines them."""

from dataclasses import dataclass
from itertools import pairwise

import regex

_BOUNDARY = regex.compile(r"\b", regex.WORD | regex.VERSION1)


@dataclass(frozen=True, slots=True)
class WordPlace:
    """The place of a word in its text."""

    begin: int
    end: int


def find_words(text: str) -> list[WordPlace]:
    """Return the words that have a letter or a digit, between word boundaries (UAX #29).

    Each ideograph is a word. "3.50" and "don't" are one word each.
    """
    places = [match.start() for match in _BOUNDARY.finditer(text)]
    found = pairwise(places)
    return [WordPlace(*place) for place in found if any(map(str.isalnum, text[slice(*place)]))]
