"""Abbreviations in words. Engines take the dot of an abbreviation for the end of a sentence."""

import re
from collections.abc import Collection, Mapping

import regex

from sse_pipeline.tts.text.verbalization.language import Language

_IS_LAST = re.compile(r"[\s\"'\u201c\u201d\u2019\u00bb)\]]*\Z")
_NEXT = regex.compile(r"\s*+(.?)")
_BLANK = re.compile(r"\s+")
#: After the name of a street. "St." before a name is a saint, and so is that after the first word
#: of a sentence.
STREET = re.compile(
    r"(?:(?<=[a-z,] )|(?<![\w.])(?P<number>[0-9]{1,5} ))"
    r"(?P<name>(?:[A-Z][a-z]+|[0-9]+(?:st|nd|rd|th)) )(?P<street>St|Ave|Blvd|Rd)\."
)
_STREETS = {"St": "Street", "Ave": "Avenue", "Blvd": "Boulevard", "Rd": "Road"}
_SENTENCE = re.compile(r"\s*(?:\Z|[A-Z])")


def abbreviation_pattern(language: Language) -> re.Pattern[str] | None:
    """Return the pattern of all abbreviations of a language, or None if it has none here."""
    return _pattern(_expansions(language))


def spoken_abbreviation(found: re.Match[str], language: Language) -> str | None:
    """Return the words for an abbreviation, or None if it may stand for something else.

    An abbreviation at the end of the text keeps its dot.
    """
    after = _NEXT.match(found.string, found.end())[1]
    written = _BLANK.sub("", found[0])
    if after.isdecimal() and (counted := _find(language.counted, written)):
        return counted
    if _begins_name(after) and (title := _find(language.titles, written)):
        return title
    words = _find(language.abbreviations, written)
    if words and written.endswith(".") and _IS_LAST.match(found.string, found.end()):
        return f"{words}."
    return words


def _begins_name(letter: str) -> bool:
    """Return whether a letter is a capital, or of a script without capitals."""
    return letter.isalpha() and letter == letter.upper()


def spoken_street(found: re.Match[str]) -> str:
    """Return the name of a street in full. The dot stays where a sentence may end."""
    dot = "." if _SENTENCE.match(found.string, found.end()) else ""
    return f"{found['number'] or ''}{found['name']}{_STREETS[found['street']]}{dot}"


def title_pattern(language: Language) -> re.Pattern[str] | None:
    """Return the pattern of the titles before a name, or None if the language has none here."""
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
