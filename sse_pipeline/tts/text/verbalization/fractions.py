"""Fractions, percents, negative numbers and lengths by lengths."""

import re

from sse_pipeline.tts.text.verbalization.number_words import NumberWords

#: Not a part of a date, a path or a longer row of numbers.
FRACTION = re.compile(
    r"(?<![\w/.,:$+-])(?:(?P<whole>[0-9]{1,3}) )?(?P<top>[0-9]{1,2})/(?P<bottom>[0-9]{1,3})"
    r"(?![\w/]|[.,:-][0-9])"
)
#: A day follows these words, and a rhythm or a rating goes before those.
_DAY = re.compile(r"(?i)\b(?:on|by|until|since|from|dated|le|du|au|el|del|am|vom|bis|seit)\s+\Z")
_OTHER = re.compile(r"(?i)\s*(?:time\b|stars?\b|Takt\b)")
PERCENT = re.compile(r"(?<![\w.,])([-\u2212]?)([0-9]+(?:[.,][0-9]+)?) ?[%\uff05\u066a]")
NEGATIVE = re.compile(r"(?:(?<=[\s(\[\"'\u201c\ue000])|\A)[-\u2212](?=[0-9])")
BY = re.compile(r"(?<=[0-9])(?: [x\u00d7] |[x\u00d7])(?=[0-9])")
#: The lengths before it. The "0x" of "0x1F" is a base.
_LENGTHS = re.compile(r"(?<![\w.])(?!0\Z)[0-9][0-9.,x\u00d7]*(?: [x\u00d7] [0-9.,]+)*\Z")


def spoken_fraction(found: re.Match[str], words: NumberWords) -> str | None:
    """Return a fraction in words, or None if it may be a date, a rhythm or a rating."""
    if idiom := words.idioms.get(found[0]):
        return idiom
    if _DAY.search(found.string[max(0, found.start() - 10) : found.start()]):
        return None
    if _OTHER.match(found.string, found.end()):
        return None
    said = words.fractions.get(f"{found['top']}/{found['bottom']}")
    if said is None and words.fraction and int(found["top"]) < int(found["bottom"]):
        said = words.fraction.format(found["top"], found["bottom"])
    if said is None or found["whole"] is None:
        return said
    return words.gap.join(filter(None, (found["whole"], words.mixed, said)))


def spoken_percent(found: re.Match[str], words: NumberWords) -> str | None:
    """Return "50%" in words, where an engine reads the sign in English."""
    if not words.percent:
        return None
    return (words.minus + words.gap if found[1] else "") + words.percent.format(found[2])


def spoken_negative(found: re.Match[str], words: NumberWords) -> str | None:
    """Return the sign of a negative number in words."""
    return words.minus + words.gap if words.minus else None


def spoken_by(found: re.Match[str], words: NumberWords) -> str | None:
    """Return the sign between two lengths in words, but not that of a number in base 16."""
    if not words.by or not _LENGTHS.search(
        found.string[max(0, found.start() - 40) : found.start()]
    ):
        return None
    return f"{words.gap}{words.by}{words.gap}"
