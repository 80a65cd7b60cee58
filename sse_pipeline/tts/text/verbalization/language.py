"""The words that a language has for what is written short."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple


class CurrencyWords(NamedTuple):
    """A currency in words: one unit, many units, one hundredth, many hundredths."""

    one: str
    many: str
    hundredth: str = ""
    hundredths: str = ""


@dataclass(frozen=True, slots=True)
class Language:
    """Written forms and their words. An empty language leaves them all to the engine."""

    #: Abbreviations before a capital letter, before a number, and everywhere.
    titles: Mapping[str, str] = field(default_factory=dict)
    counted: Mapping[str, str] = field(default_factory=dict)
    abbreviations: Mapping[str, str] = field(default_factory=dict)
    #: Currencies by their ISO 4217 code.
    money: Mapping[str, CurrencyWords] = field(default_factory=dict)
    #: Large numbers after an amount, as they are written and as they are spoken.
    scales: Mapping[str, str] = field(default_factory=dict)
    #: The word between a large number and the currency: "2 millions d'euros".
    of: str = " "
    #: The same word before a vowel.
    of_vowel: str = " "
    #: The word between the ends of a range.
    to: str = ""
    #: Signs before a number: "#5".
    signs: Mapping[str, str] = field(default_factory=dict)
    ampersand: str = ""
    #: Units that only this language writes in this way, with their names in CLDR.
    units: Mapping[str, str] = field(default_factory=dict)
