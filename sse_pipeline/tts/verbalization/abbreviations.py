"""Abbreviations, whose dots engines take for the ends of sentences."""

import re
from collections.abc import Collection, Mapping

import regex

from .languages import Language

_IS_LAST = re.compile(r"[\s\"'\u201c\u201d\u2019\u00bb)\]]*\Z")
_NEXT = regex.compile(r"\s*+(.?)")
_BLANK = re.compile(r"\s+")


def abbreviations(language: Language) -> re.Pattern[str] | None:
    """Compile the pattern of abbreviations; return None if the language has none here."""
    return _pattern(_expansions(language))


def spoken_abbreviation(found: re.Match[str], language: Language) -> str | None:
    """Return what an abbreviation stands for, or None where it may stand for something else.

    One that ends the text keeps its dot.
    """
    after = _NEXT.match(found.string, found.end())[1]
    written = _BLANK.sub("", found[0])
    if after.isdecimal() and (counted := _find(language.counted, written)):
        return counted
    if after.isupper() and (title := _find(language.titles, written)):
        return title
    words = _find(language.abbreviations, written)
    if words and written.endswith(".") and _IS_LAST.match(found.string, found.end()):
        return f"{words}."
    return words


def titles(language: Language) -> re.Pattern[str] | None:
    """Compile the pattern of those that a name follows; return None if there are none here."""
    return _pattern(set(language.titles))


def _expansions(language: Language) -> set[str]:
    tables = (language.titles, language.counted, language.abbreviations)
    written = {each for table in tables for each in table}
    return written | {each[0].upper() + each[1:] for each in written}


def _pattern(written: Collection[str]) -> re.Pattern[str] | None:
    if not written:
        return None
    longest = sorted(written, key=len, reverse=True)
    alternatives = "|".join(re.escape(each).replace(r"\ ", r"[ \u00a0\u202f]?") for each in longest)
    return re.compile(rf"(?<![\w.])(?:{alternatives})(?!\w)")


def _find(table: Mapping[str, str], written: str) -> str | None:
    for each, words in table.items():
        short = each.replace(" ", "")
        if written == short:
            return words
        if written == short[0].upper() + short[1:]:
            return words[0].upper() + words[1:]
    return None
