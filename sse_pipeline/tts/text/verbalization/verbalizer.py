"""Replaces what engines read badly by words, in the language of the speech."""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache, partial
from typing import Any

import regex

from sse_pipeline.tts.text.spoken_spans import SpokenSpan
from sse_pipeline.tts.text.verbalization import dates, digits, expressions, fractions, roman
from sse_pipeline.tts.text.verbalization.abbreviations import (
    STREET,
    abbreviation_pattern,
    spoken_abbreviation,
    spoken_street,
)
from sse_pipeline.tts.text.verbalization.language import Language
from sse_pipeline.tts.text.verbalization.languages import LANGUAGES
from sse_pipeline.tts.text.verbalization.locales import find_locale
from sse_pipeline.tts.text.verbalization.measures import measure_pattern, spoken_measure
from sse_pipeline.tts.text.verbalization.money import amount_pattern, spoken_amount
from sse_pipeline.tts.text.verbalization.number_words import NUMBER_WORDS, NumberWords

#: A compiled pattern, and the function that returns the words for its match, or None to decline.
ReplacementRule = tuple[Any, Callable[[Any], str | None]]

#: Only the dash is matched: the numbers around it may be part of an amount.
_RANGE = regex.compile(
    r"(?<=(?<![\w.,:/\u2013-])(?P<begin>[0-9]{1,4}(?:[.,][0-9]{1,2})?))[-\u2013]"
    r"(?=(?P<end>[0-9]{1,4}(?:[.,][0-9]{1,2})?)(?![0-9]*[-\u2013/:0-9]))"
)
_DATES = {
    "de": (
        (dates.GERMAN_DATE, dates.german_date),
        (dates.GERMAN_DAY, dates.german_day),
        (dates.GERMAN_ORDINAL, dates.german_ordinal),
        (dates.GERMAN_TIME, dates.german_time),
    ),
    "en": (
        (dates.FULL_HOUR, dates.full_hour),
        (dates.DECADE, dates.decade),
        (dates.AGE, dates.age),
        (dates.AGO, dates.ago),
    ),
    "fr": (
        (dates.FRENCH_CENTURY, dates.french_century),
        (dates.FRENCH_TIME, dates.french_time),
        (dates.FRENCH_ORDINAL, dates.french_ordinal),
    ),
}
_NAMES = {
    "en": (
        (roman.COUNTED, roman.spoken_counted),
        (roman.REIGNS, roman.spoken_reign),
        (STREET, spoken_street),
    ),
}


#: Letters that no gap sets apart from a number, without those that stand for large numbers.
_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff](?<![\u4e07\u4ebf\u5104])")
#: It is no letter, and nobody writes it.
_PLACEHOLDER = "\ue000"


def verbalize(text: str, language: str) -> list[SpokenSpan]:
    """Return the spoken text of a segment as spans that cover it without a gap.

    Text that engines read well stays as it is. So does all text in an unknown language.
    """
    spans, end = [], 0
    for found, words in sorted(_replacements(text, language), key=lambda each: each[0].start()):
        if found.start() > end:
            spans.append(SpokenSpan(text[end : found.start()], end, found.start()))
        end = found.end()
        spans.append(SpokenSpan(words, found.start(), end, is_reworded=words != found[0]))
    if end < len(text):
        spans.append(SpokenSpan(text[end:], end, len(text)))
    return spans


def _replacements(text: str, language: str) -> Iterator[tuple[Any, str]]:
    """Yield matches that do not overlap, with their words. Earlier rules come first."""
    taken = bytearray(len(text))
    apart = _UNSPACED.sub(_PLACEHOLDER, text)
    # Codes come first: the words that announce them may be of such letters.
    rules = [(text, rule) for rule in _code_rules(language)]
    rules += [(apart, rule) for rule in _rules(language)]
    for searched, (pattern, speak) in rules:
        for found in pattern.finditer(searched):
            begin, end = found.span()
            words = None if any(taken[begin:end]) else speak(found)
            if words is not None:
                taken[begin:end] = b"\1" * (end - begin)
                yield found, words


@lru_cache(maxsize=64)
def _rules(tag: str) -> tuple[ReplacementRule, ...]:
    locale = find_locale(tag)
    if locale is None:
        return ()
    language = LANGUAGES.get(locale.language, Language())
    words = NUMBER_WORDS.get(locale.language, NumberWords())
    rules: list[ReplacementRule] = [
        (expressions.SCIENTIFIC, partial(expressions.spoken_scientific, words=words)),
        (dates.ISO_DATE, partial(dates.iso_date, locale=locale)),
        (dates.NUMERIC_DATE, partial(dates.numeric_date, locale=locale)),
        (dates.HOURS_MINUTES, partial(dates.hours_minutes, locale=locale)),
        *((each, partial(speak, locale=locale)) for each, speak in _DATES.get(locale.language, ())),
        (digits.TELEPHONE, partial(digits.spoken_telephone, words=words)),
        (expressions.EXPRESSION, partial(expressions.spoken_expression, words=words)),
        (fractions.FRACTION, partial(fractions.spoken_fraction, words=words)),
        (fractions.PERCENT, partial(fractions.spoken_percent, words=words)),
        (fractions.BY, partial(fractions.spoken_by, words=words)),
        (fractions.NEGATIVE, partial(fractions.spoken_negative, words=words)),
        *_NAMES.get(locale.language, ()),
        (amount_pattern(language), partial(spoken_amount, language=language, locale=locale)),
        (measure_pattern(language), partial(spoken_measure, language=language, locale=locale)),
    ]
    if pattern := abbreviation_pattern(language):
        rules.append((pattern, partial(spoken_abbreviation, language=language)))
    return (*rules, *_sign_rules(language))


@lru_cache(maxsize=64)
def _code_rules(tag: str) -> tuple[ReplacementRule, ...]:
    locale = find_locale(tag)
    words = NUMBER_WORDS.get(locale.language, NumberWords()) if locale else NumberWords()
    pattern = digits.code_pattern(words)
    return () if pattern is None else ((pattern, digits.spoken_code),)


def _sign_rules(language: Language) -> Iterator[ReplacementRule]:
    for sign, words in language.signs.items():
        yield re.compile(rf"(?<![\w/]){re.escape(sign)} ?(?=[0-9])"), _constant(f"{words} ")
    if language.ampersand:
        yield re.compile(r"(?<=\s)&(?=\s)"), _constant(language.ampersand)
    if language.to:
        yield _RANGE, partial(_range, words=f" {language.to} ")


def _range(found: Any, words: str) -> str | None:
    """Speak the dash of a range, but not of a telephone number, a score or a difference."""
    begin, end = found["begin"].replace(",", "."), found["end"].replace(",", ".")
    is_phone = (len(begin), len(end)) == (3, 4)
    return words if float(begin) < float(end) and not is_phone else None


def _constant(words: str) -> Callable[[Any], str]:
    return lambda found: words
