"""Dates, times and ordinals in words."""

import re
from datetime import date
from functools import cache

from babel import Locale
from babel.dates import format_date, get_month_names
from babel.units import format_unit
from unicode_rbnf import FormatPurpose, RbnfEngine

from sse_pipeline.tts.text.verbalization.roman import value_of_roman

ISO_DATE = re.compile(r"(?<![\w.-])([0-9]{4})-([0-9]{2})-([0-9]{2})(?![\w-])")
GERMAN_DATE = re.compile(r"(?<![\w.])([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})(?!\w)")
_MONTHS = "|".join(get_month_names("wide", locale="de").values())
GERMAN_DAY = re.compile(rf"(?<![\w.,])([0-9]{{1,2}})\.(?= ?(?:{_MONTHS})(?!\w))")
GERMAN_TIME = re.compile(r"(?<![\w:])([0-9]{1,2})[:.]([0-9]{2})[ \u00a0]Uhr(?!\w)")
FRENCH_TIME = re.compile(r"(?<![\w:])([0-9]{1,2}) ?h ?([0-9]{2})?(?!\w)")
FRENCH_ORDINAL = re.compile(r"(?<![\w.,])([0-9]{1,4})e(?![\w+-])")
#: The number of a century: "XIXe siècle".
FRENCH_CENTURY = re.compile(
    r"(?<!\w)(?P<roman>(?=[XVI])X{0,2}(?:IX|IV|V?I{0,3}))e(?=[ \u00a0]siècles?(?!\w))"
)
#: "im 19. Jahrhundert": the words before it say the grammatical case, a noun comes after it.
GERMAN_ORDINAL = re.compile(
    r"(?<!\w)(?P<before>(?i:am|im|vom|zum|zur|beim|dem|den|des|der|die|das) )"
    r"(?P<number>[0-9]{1,3})\."
    r"(?=[ \u00a0][A-ZÄÖÜ][a-zäöüß]{2})"
)
FULL_HOUR = re.compile(r"(?<![\w:])([0-9]{1,2}):00(?= ?[aApP]\.?[mM])")
#: "the '90s", "in his 30s": not seconds.
AGE = re.compile(
    r"(?<![\w.,])"
    r"(?P<before>(?:(?i:his|her|their|my|your|our|its|the|early|mid|late)[ -])?['\u2019]?)"
    r"(?P<tens>[2-9]0)['\u2019]?s(?!\w)"
)
_TENS = ("twent", "thirt", "fort", "fift", "sixt", "sevent", "eight", "ninet")
#: "6m ago", "2h 30m": minutes, not meters.
AGO = re.compile(r"(?<![\w.,])(?P<number>[0-9]{1,3}) ?(?P<unit>mo|[smhdwy])(?= ago\b)")
HOURS_MINUTES = re.compile(
    r"(?<![\w.,])(?P<hours>[0-9]{1,2}) ?h ?(?P<minutes>[0-9]{1,2}) ?m(?:in)?(?!\w)"
)
_UNITS = {
    "s": "duration-second", "m": "duration-minute", "h": "duration-hour", "d": "duration-day",
    "w": "duration-week", "mo": "duration-month", "y": "duration-year",
}  # fmt: skip
#: Its order is that of the language and the country: day, month and year, or another.
NUMERIC_DATE = re.compile(
    r"(?<![\w/.-])(?:(?P<year>[0-9]{4})/(?P<month>[0-9]{1,2})/(?P<day>[0-9]{1,2})"
    r"|(?P<first>[0-9]{1,2})/(?P<second>[0-9]{1,2})/(?P<last>[0-9]{4}|[0-9]{2}))"
    r"(?![\w/-]|[.,][0-9])"
)
#: Two digits of a year from here on are those of the last century.
_LAST_CENTURY = 70
_MONTHS_OF_YEAR = 12
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


def age(found: re.Match[str], locale: Locale) -> str | None:
    """Return "30s" in words, where a word or an apostrophe shows that it is an age or a decade."""
    if not found["before"]:
        return None
    before = found["before"].rstrip("'\u2019")
    return f"{before}{_TENS[int(found['tens'][0]) - 2]}ies"


def ago(found: re.Match[str], locale: Locale) -> str:
    """Return the "6m" of "6m ago" in words."""
    return _duration(int(found["number"]), found["unit"], locale)


def hours_minutes(found: re.Match[str], locale: Locale) -> str:
    """Return "2h 30m" in words."""
    hours, minutes = int(found["hours"]), int(found["minutes"])
    return f"{_duration(hours, 'h', locale)} {_duration(minutes, 'm', locale)}"


def numeric_date(found: re.Match[str], locale: Locale) -> str | None:
    """Return "5/3/26" in words, in the order of the locale; None if there is no such day."""
    if found["year"]:
        return _date(int(found["year"]), int(found["month"]), int(found["day"]), locale)
    first, second, year = int(found["first"]), int(found["second"]), int(found["last"])
    pattern = locale.date_formats["short"].pattern
    month_is_first = pattern.index("M") < pattern.index("d")
    month, day = (first, second) if month_is_first else (second, first)
    if month > _MONTHS_OF_YEAR >= day:  # written in the order of another country
        month, day = day, month
    if len(found["last"]) == len("26"):
        year += 2000 if year < _LAST_CENTURY else 1900
    return _date(year, month, day, locale)


def german_ordinal(found: re.Match[str], locale: Locale) -> str:
    """Return "im 19." in words; a noun comes after it."""
    weak = found["before"].strip().casefold() in {"der", "die", "das"}
    ruleset = "spellout-ordinal" if weak else "spellout-ordinal-n"
    return found["before"] + _ordinal(int(found["number"]), "de", ruleset)


def french_century(found: re.Match[str], locale: Locale) -> str:
    """Return the number of "XIXe siècle" in words."""
    return _ordinal(value_of_roman(found["roman"]), "fr", "spellout-ordinal-masculine")


def _duration(count: int, unit: str, locale: Locale) -> str:
    return format_unit(count, _UNITS[unit], "long", locale=locale)


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
