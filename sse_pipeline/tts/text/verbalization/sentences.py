"""Dots that end no sentence: those of abbreviations, ordinals and numbers."""

import re
from functools import lru_cache

from sse_pipeline.tts.text.verbalization.abbreviations import abbreviation_pattern, title_pattern
from sse_pipeline.tts.text.verbalization.language import Language
from sse_pipeline.tts.text.verbalization.languages import LANGUAGES
from sse_pipeline.tts.text.verbalization.locales import find_locale

_ORDINAL = re.compile(r"(?<![\w.,])[0-9]{1,3}\.\s*\Z")
_NUMBER = re.compile(r"\d[.\uff0e]\Z")
#: In German a noun follows, with a capital letter. An article or a preposition goes before it.
_GERMAN = re.compile(
    r"(?:(?:^|[^\w])(?i:am|im|vom|zum|zur|beim|der|die|das|dem|den|des|eine?[mnrs]?|jede[mnrs]?"
    r"|diese[mnrs]?|(?:mein|dein|sein|ihr|unser|kein)e?[mnrs]?|ab|bis|seit|und|als|anno)\s+)"
    r"(?:[0-9]{1,3}\.\s*(?:,|und|bis|oder|-|\u2013)?\s*)*[0-9]{1,3}\.\s*\Z"
)
#: No abbreviation and no number is longer. All of a long text would be searched at each dot.
_LONGEST = 100
_SIGN = "\u00ba\u00aa\u00b0"


def continues_sentence(before: str, after: str, language: str) -> bool:
    """Return whether two texts are one sentence, although the first one ends with a dot."""
    before = before[-_LONGEST:]
    title, abbreviation = _patterns_at_end(language)
    if title is not None and title.search(before):
        return after[:1].isalpha()
    if after[:1] in _SIGN and after:
        return True
    if after[:1].isdecimal() and _NUMBER.search(before):
        return True
    if _ORDINAL.search(before):
        return after[:1].islower() or (after[:1].isalpha() and _is_german_ordinal(before, language))
    if after[:1].islower() or after[:1].isdecimal():
        return abbreviation is not None and abbreviation.search(before) is not None
    return False


def may_continue(before: str, language: str) -> bool:
    """Return whether a sentence may go on after a dot, whatever follows it."""
    before = before[-_LONGEST:]
    return any(pattern and pattern.search(before) for pattern in _patterns_at_end(language))


def _is_german_ordinal(before: str, language: str) -> bool:
    return language in ("de", "lb") and _GERMAN.search(before[-60:]) is not None


@lru_cache(maxsize=64)
def _patterns_at_end(tag: str) -> tuple[re.Pattern[str] | None, re.Pattern[str] | None]:
    """Compile the patterns of a title and of any abbreviation at the end of a text."""
    locale = find_locale(tag)
    language = LANGUAGES.get(locale.language, Language()) if locale else Language()
    title, written = (
        each and re.compile(rf"{each.pattern}\s*\Z")
        for each in (title_pattern(language), abbreviation_pattern(language))
    )
    return title, written
