"""Quantities with a unit, in words: "5 km/h"."""

import re
from collections.abc import Mapping
from typing import Literal

from babel import Locale
from babel.units import format_unit

from sse_pipeline.tts.text.verbalization.language import Language
from sse_pipeline.tts.text.verbalization.numerals import NUMBER, value_of

#: Units as they are written, with their names in CLDR.
_UNITS: Mapping[str, str] = {
    "km/h": "speed-kilometer-per-hour",
    "m/s": "speed-meter-per-second",
    "mph": "speed-mile-per-hour",
    "km": "length-kilometer",
    "m": "length-meter",
    "cm": "length-centimeter",
    "mm": "length-millimeter",
    "nm": "length-nanometer",
    "ft": "length-foot",
    "mi": "length-mile",
    "km\u00b2": "area-square-kilometer",
    "m\u00b2": "area-square-meter",
    "cm\u00b2": "area-square-centimeter",
    "m\u00b3": "volume-cubic-meter",
    "cm\u00b3": "volume-cubic-centimeter",
    "l": "volume-liter",
    "L": "volume-liter",
    "ml": "volume-milliliter",
    "mL": "volume-milliliter",
    "kg": "mass-kilogram",
    "g": "mass-gram",
    "mg": "mass-milligram",
    "lb": "mass-pound",
    "lbs": "mass-pound",
    "oz": "mass-ounce",
    "h": "duration-hour",
    "min": "duration-minute",
    "s": "duration-second",
    "ms": "duration-millisecond",
    "\u00b5s": "duration-microsecond",
    "\u03bcs": "duration-microsecond",
    "ns": "duration-nanosecond",
    "kB": "digital-kilobyte",
    "KB": "digital-kilobyte",
    "MB": "digital-megabyte",
    "GB": "digital-gigabyte",
    "TB": "digital-terabyte",
    "Hz": "frequency-hertz",
    "kHz": "frequency-kilohertz",
    "MHz": "frequency-megahertz",
    "GHz": "frequency-gigahertz",
    "W": "power-watt",
    "kW": "power-kilowatt",
    "MW": "power-megawatt",
    "kWh": "energy-kilowatt-hour",
    "kcal": "energy-kilocalorie",
    "V": "electric-volt",
    "mA": "electric-milliampere",
    "hPa": "pressure-hectopascal",
    "\u00b0C": "temperature-celsius",
    "\u00b0F": "temperature-fahrenheit",
}

#: A product before a number with one letter: "iPhone 5s" is no time.
_PRODUCT = re.compile(r"(?:\b[a-z]*[A-Z]?[a-z]+[A-Z]\w*|Galaxy|Nexus|Kindle|Model|Type|Series) \Z")
#: CLDR has only the short form of some units in some languages.
_LENGTHS: tuple[Literal["long", "short"], ...] = ("long", "short")


def measure_pattern(language: Language) -> re.Pattern[str]:
    """Compile the pattern of quantities in a language."""
    units = sorted({**_UNITS, **language.units}, key=len, reverse=True)
    unit = "|".join(map(re.escape, units))
    return re.compile(
        rf"(?<![\w.,])(?P<number>{NUMBER})[ \u00a0\u202f]?"
        rf"(?P<unit>{unit})(?![\w/\u00b2\u00b3'\u2019^*])"
    )


def spoken_measure(found: re.Match[str], language: Language, locale: Locale) -> str | None:
    """Return a quantity in words, or None if the language has no words for the unit."""
    before = found.string[max(0, found.start() - 20) : found.start()]
    if len(found["unit"]) == 1 and _PRODUCT.search(before):
        return None
    unit = language.units.get(found["unit"]) or _UNITS[found["unit"]]
    value = value_of(found["number"], locale)
    for length in _LENGTHS:
        words: str = format_unit(value, unit, length, "0.######", locale)
        if unit not in words:
            return words
    return None
