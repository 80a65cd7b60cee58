"""Numbers as they are written within a text."""

import re
from decimal import Decimal

from babel import Locale
from babel.numbers import get_decimal_symbol

#: At most 12 digits and 6 decimals: longer numbers are not quantities.
NUMBER = (
    r"(?:[0-9]{1,3}(?:[.,'\u00a0\u202f\u2009][0-9]{3}){1,3}(?:[.,][0-9]{1,6})?"
    r"|[0-9]{1,12}(?:[.,][0-9]{1,6})?)(?![0-9])"
)
_GROUPS = re.compile(r"[0-9]{1,3}([.,])[0-9]{3}(?:\1[0-9]{3})*")
_NOT_DIGIT = re.compile(r"[^0-9]")


def decimals_of(number: str, locale: Locale) -> str:
    """Return the digits after the decimal sign of a number, or ""."""
    sign = get_decimal_symbol(locale)
    if (groups := _GROUPS.fullmatch(number)) and groups[1] != sign:
        return ""
    if number.count(".") > 1 or number.count(",") > 1:
        sign = "," if number.rfind(",") > number.rfind(".") else "."
        return number.rpartition(sign)[2] if number.count(sign) == 1 else ""
    place = max(number.rfind("."), number.rfind(","))
    return number[place + 1 :] if place >= 0 else ""


def whole_of(number: str, locale: Locale) -> str:
    """Return the part before the decimal sign of a number, as it is written."""
    decimals = decimals_of(number, locale)
    return number[: -len(decimals) - 1] if decimals else number


def value_of(number: str, locale: Locale) -> Decimal:
    """Return the value of a number."""
    whole = _NOT_DIGIT.sub("", whole_of(number, locale))
    decimals = decimals_of(number, locale)
    return Decimal(f"{whole}.{decimals}" if decimals else whole)
