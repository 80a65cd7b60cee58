"""Puts a segment into the words that are spoken of it."""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache, partial
from typing import Any

import regex
from babel import Locale, UnknownLocaleError

from sse_pipeline.tts.speech_text import Piece

from . import dates
from .abbreviations import abbreviations, spoken_abbreviation, titles
from .amounts import amounts, spoken_amount
from .languages import LANGUAGES, Language
from .measures import measures, spoken_measure

#: A compiled pattern, and what gives the words for its match.
Rule = tuple[Any, Callable[[Any], str | None]]

#: Tags of eSpeak NG that CLDR knows by another name.
_ALIASES = {"cmn": "zh"}
#: Only the dash; what stands before and after it may be part of an amount.
_RANGE = regex.compile(
    r"(?<=(?<![\w.,:/\u2013-])(?P<begin>[0-9]{1,4}(?:[.,][0-9]{1,2})?))[-\u2013]"
    r"(?=(?P<end>[0-9]{1,4}(?:[.,][0-9]{1,2})?)(?![0-9]*[-\u2013/:0-9]))"
)
_SUBTAG = re.compile(r"[-_]")

_DATES = {
    "de": (
        (dates.GERMAN_DATE, dates.german_date),
        (dates.GERMAN_DAY, dates.german_day),
        (dates.GERMAN_TIME, dates.german_time),
    ),
    "en": ((dates.FULL_HOUR, dates.full_hour), (dates.DECADE, dates.decade)),
    "fr": ((dates.FRENCH_TIME, dates.french_time), (dates.FRENCH_ORDINAL, dates.french_ordinal)),
}


def verbalize(text: str, language: str) -> list[Piece]:
    """Return what is spoken of a segment; the pieces tile it.

    What engines read well stays as it is, and all of it in a language that is not known.
    """
    pieces, end = [], 0
    for found, words in sorted(_replacements(text, language), key=lambda each: each[0].start()):
        if found.start() > end:
            pieces.append(Piece(text[end : found.start()], end, found.start()))
        end = found.end()
        pieces.append(Piece(words, found.start(), end, is_reworded=words != found[0]))
    if end < len(text):
        pieces.append(Piece(text[end:], end, len(text)))
    return pieces


def goes_on(before: str, after: str, language: str) -> bool:
    """Tell of what is taken for two sentences whether an abbreviation is between them."""
    title, abbreviation = _at_end(language)
    if title is not None and title.search(before):
        return after[:1].isalpha()
    if after[:1].islower() or after[:1].isdecimal():
        return abbreviation is not None and abbreviation.search(before) is not None
    return False


@lru_cache(maxsize=64)
def _at_end(tag: str) -> tuple[re.Pattern[str] | None, re.Pattern[str] | None]:
    """Compile the patterns of titles and of all abbreviations at the end of a text."""
    locale = _locale(tag)
    language = LANGUAGES.get(locale.language, Language()) if locale else Language()
    title, written = (
        each and re.compile(rf"{each.pattern}\s*\Z")
        for each in (titles(language), abbreviations(language))
    )
    return title, written


def _replacements(text: str, language: str) -> Iterator[tuple[Any, str]]:
    """Yield matches that do not overlap, and their words; the first rule has them."""
    taken = bytearray(len(text))
    for pattern, speak in _rules(language):
        for found in pattern.finditer(text):
            begin, end = found.span()
            words = None if any(taken[begin:end]) else speak(found)
            if words is not None:
                taken[begin:end] = b"\1" * (end - begin)
                yield found, words


@lru_cache(maxsize=64)
def _rules(tag: str) -> tuple[Rule, ...]:
    locale = _locale(tag)
    if locale is None:
        return ()
    language = LANGUAGES.get(locale.language, Language())
    rules: list[Rule] = [
        (dates.ISO_DATE, partial(dates.iso_date, locale=locale)),
        *((each, partial(speak, locale=locale)) for each, speak in _DATES.get(locale.language, ())),
        (amounts(language), partial(spoken_amount, language=language, locale=locale)),
        (measures(language), partial(spoken_measure, language=language, locale=locale)),
    ]
    if pattern := abbreviations(language):
        rules.append((pattern, partial(spoken_abbreviation, language=language)))
    return (*rules, *_sign_rules(language))


def _locale(tag: str) -> Locale | None:
    """Find what CLDR knows of a language; return None if it is none that it knows."""
    name, *subtags = _SUBTAG.split(tag)
    name = _ALIASES.get(name.casefold(), name.casefold())
    region = [subtag.upper() for subtag in subtags[:1] if len(subtag) == 2]
    for parts in ([name, *region], [name]):
        try:
            return Locale.parse("_".join(parts))
        except (UnknownLocaleError, ValueError):
            continue
    return None


def _sign_rules(language: Language) -> Iterator[Rule]:
    for sign, words in language.signs.items():
        yield re.compile(rf"(?<![\w/]){re.escape(sign)} ?(?=[0-9])"), _constant(f"{words} ")
    if language.ampersand:
        yield re.compile(r"(?<=\s)&(?=\s)"), _constant(language.ampersand)
    if language.to:
        yield _RANGE, partial(_range, words=f" {language.to} ")


def _range(found: Any, words: str) -> str | None:
    """Speak the dash of a range, not that of a telephone number, a score or a difference."""
    begin, end = found["begin"].replace(",", "."), found["end"].replace(",", ".")
    is_phone = (len(begin), len(end)) == (3, 4)
    return words if float(begin) < float(end) and not is_phone else None


def _constant(words: str) -> Callable[[Any], str]:
    return lambda found: words
