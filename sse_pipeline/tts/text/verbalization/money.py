"""Amounts of money in words: "$3.50" is "3 dollars 50"."""

import re
from decimal import Decimal

from babel import Locale
from babel.numbers import get_currency_name

from sse_pipeline.tts.text.verbalization.language import CurrencyWords, Language
from sse_pipeline.tts.text.verbalization.numerals import NUMBER, decimals_of, value_of, whole_of

_CODES = {
    "US$": "USD",
    "$": "USD",
    "\u20ac": "EUR",
    "\u00a3": "GBP",
    "\u00a5": "JPY",
    "\u20b9": "INR",
    "\uffe5": "JPY",
}
_CODES |= {code: code for code in ("USD", "EUR", "GBP", "JPY", "INR", "CHF", "CAD", "AUD", "CNY")}
_SYMBOL = "|".join(map(re.escape, _CODES))
_BLANK = r"[ \u00a0\u202f]?"


def amount_pattern(language: Language) -> re.Pattern[str]:
    """Compile the pattern of amounts in a language."""
    scales = "|".join(map(re.escape, sorted(language.scales, key=len, reverse=True)))
    scale = rf"(?:{_BLANK}(?:{scales})(?!\w))?" if scales else ""
    dash = rf"{_BLANK}[-\u2013]{_BLANK}"
    before = (
        rf"(?<!\w)(?P<symbol>{_SYMBOL}){_BLANK}(?P<number>{NUMBER})"
        rf"(?:{dash}(?:{_SYMBOL})?(?P<end>{NUMBER}))?(?P<scale>{scale})(?!\w)"
    )
    after = (
        rf"(?<![\w.,])(?:(?P<number2>{NUMBER}){dash})?(?P<end2>{NUMBER})(?P<scale2>{scale})"
        rf"{_BLANK}(?P<symbol2>{_SYMBOL})(?!\w)"
    )
    return re.compile(f"{before}|{after}")


def spoken_amount(found: re.Match[str], language: Language, locale: Locale) -> str | None:
    """Return an amount, or a range of amounts, in words."""
    if found["symbol"]:
        begin, end, code, scale = found["number"], found["end"], found["symbol"], found["scale"]
    else:
        end, begin, code, scale = found["number2"], found["end2"], found["symbol2"], found["scale2"]
        begin, end = (end, begin) if end else (begin, None)
    code, scale = _code(code, language), (scale or "").strip()
    if not end:
        return _amount(begin, scale, code, language, locale)
    if not language.to:
        return None
    return f"{begin} {language.to} {_amount(end, scale, code, language, locale)}"


def _code(symbol: str, language: Language) -> str:
    """Return the code of a currency. The sign of the yen is that of the yuan, too."""
    code = _CODES[symbol]
    return (
        "CNY" if code == "JPY" and code not in language.money and "CNY" in language.money else code
    )


def _amount(number: str, scale: str, code: str, language: Language, locale: Locale) -> str:
    value = value_of(number, locale)
    if scale:
        name = _name(Decimal(10**6), code, language, locale)
        joint = language.of_vowel if name[0] in "aeiou" else language.of
        return f"{number} {language.scales[scale]}{joint}{name}"
    money = language.money.get(code)
    cents = decimals_of(number, locale)
    if money is None or not money.hundredth or len(cents) != 2:
        return f"{number} {_name(value, code, language, locale)}"
    whole = value_of(whole_of(number, locale), locale)
    return _parts(whole_of(number, locale), whole, int(cents), money, locale)


def _parts(written: str, whole: Decimal, cents: int, money: CurrencyWords, locale: Locale) -> str:
    hundredths = f"{cents} {_plural(Decimal(cents), money[2:], locale)}"
    if cents and not whole:
        return hundredths
    units = f"{written} {_plural(whole, money[:2], locale)}"
    if not cents:
        return units
    return f"{units} {hundredths if cents < 10 else cents}"


def _name(value: Decimal, code: str, language: Language, locale: Locale) -> str:
    if code in language.money:
        return _plural(value, language.money[code][:2], locale)
    return get_currency_name(code, value, locale)


def _plural(value: Decimal, words: tuple[str, ...], locale: Locale) -> str:
    return words[0] if locale.plural_form(value) == "one" else words[1]
