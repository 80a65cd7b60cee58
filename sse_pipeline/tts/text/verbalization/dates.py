"""Dates, times and ordinals in words."""

import re
from datetime import date
from functools import cache

from babel import Locale
from babel.dates import format_date, get_month_names
from unicode_rbnf import FormatPurpose, RbnfEngine

ISO_DATE = re.compile(r"(?<![\w.-])([0-9]{4})-([0-9]{2})-([0-9]{2})(?![\w-])")
GERMAN_DATE = re.compile(r"(?<![\w.])([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})(?!\w)")
_MONTHS = "|".join(get_month_names("wide", locale="de").values())
GERMAN_DAY = re.compile(rf"(?<![\w.,])([0-9]{{1,2}})\.(?= ?(?:{_MONTHS})(?!\w))")
GERMAN_TIME = re.compile(r"(?<![\w:])([0-9]{1,2})[:.]([0-9]{2})[ \u00a0]Uhr(?!\w)")
FRENCH_TIME = re.compile(r"(?<![\w:])([0-9]{1,2}) ?h ?([0-9]{2})?(?!\w)")
FRENCH_ORDINAL = re.compile(r"(?<!\w)([0-9]{1,4})e(?!\w)")
FULL_HOUR = re.compile(r"(?<![\w:])([0-9]{1,2}):00(?= ?[aApP]\.?[mM])")
DECADE = re.compile(r"(?<!\w)((?:1[0-9]|20)[0-9]0)['\u2019]?s(?!\w)")


def iso_date(found: re.Match[str], locale: Locale) -> str | None:
    """Return "2026-11-22" in words of the language, or None if there is no such day."""
    return _date(int(found[1]), int(found[2]), int(found[3]), locale)


def german_date(found: re.Match[str], locale: Locale) -> str | None:
    """Return "22.11.2026" in words."""
    return _date(int(found[3]), int(found[2]), int(found[1]), locale)


def german_day(found: re.Match[str], locale: Locale) -> str:
    """Return the "1." of "1. Mai" in words, in the grammatical case that most phrases need."""
    return _ordinal(int(found[1]), "de", "spellout-ordinal-n")


def german_time(found: re.Match[str], locale: Locale) -> str:
    """Return "15:30 Uhr" in the order in which it is spoken."""
    return f"{int(found[1])} Uhr {int(found[2]) or ''}".strip()


def french_time(found: re.Match[str], locale: Locale) -> str:
    """Return "15h30" in words."""
    hours, minutes = int(found[1]), int(found[2] or 0)
    return f"{hours} {'heure' if hours < 2 else 'heures'} {minutes or ''}".strip()


def french_ordinal(found: re.Match[str], locale: Locale) -> str:
    """Return "21e" in words."""
    return _ordinal(int(found[1]), "fr", "spellout-ordinal-masculine")


def full_hour(found: re.Match[str], locale: Locale) -> str:
    """Return the hour of "3:00 pm"."""
    return found[1]


def decade(found: re.Match[str], locale: Locale) -> str:
    """Return "1990s" in words."""
    year = _engine("en").format_number(int(found[1]), FormatPurpose.YEAR).text
    return f"{year[:-1]}ies" if year.endswith("y") else f"{year}s"


def _date(year: int, month: int, day: int, locale: Locale) -> str | None:
    try:
        words = format_date(date(year, month, day), "long", locale)
    except ValueError:
        return None
    if locale.language == "de":
        words = GERMAN_DAY.sub(lambda found: german_day(found, locale), words)
    return words


def _ordinal(number: int, language: str, ruleset: str) -> str:
    words = _engine(language).format_number(number, FormatPurpose.ORDINAL)
    return words.text_by_ruleset.get(ruleset) or words.text


@cache
def _engine(language: str) -> RbnfEngine:
    return RbnfEngine.for_language(language)
