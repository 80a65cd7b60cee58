"""Fractions, formulas, dates, telephone numbers and codes, as people read them out."""

import pytest

from sse_pipeline.tts.text.verbalization import verbalize


def say(text: str, language: str = "en") -> str:
    return "".join(piece.text for piece in verbalize(text, language))


@pytest.mark.parametrize(
    ("language", "written", "said"),
    [
        ("en", "3/4 cup, 1 1/2 cups", "three quarters cup, 1 and one half cups"),
        ("en", "24/7, on 9/11", "24 7, on 9 11"),
        ("de", "2/3 der Leute", "zwei Drittel der Leute"),
        ("fr", "3/4 de tasse", "trois quarts de tasse"),
        ("es", "3/4 de taza", "tres cuartos de taza"),
        ("zh", "\u5927\u7ea63/4\u7684\u4eba", "\u5927\u7ea64\u5206\u4e4b3\u7684\u4eba"),
        ("ja", "3/4\u306e", "4\u5206\u306e3\u306e"),
        ("hi", "3/4", "\u0924\u0940\u0928 \u091a\u094c\u0925\u093e\u0908"),
        ("it", "3/4", "3/4"),
    ],
)
def test_fractions(language, written, said):
    assert say(written, language) == said


@pytest.mark.parametrize(
    ("language", "written", "said"),
    [
        ("en", "10 - 3 = 7", "10 minus 3 equals 7"),
        ("en", "x > -15", "x is greater than minus 15"),
        ("en", "b^2-4ac", "b squared minus 4 a c"),
        ("en", "x^3, 10^6", "x cubed, 10 to the power of 6"),
        ("en", "10^-9, 2^n", "10 to the power of minus 9, 2 to the power of n"),
        ("en", "E = mc^2, f(x) = 3x", "E equals m c squared, f of x equals 3 x"),
        ("en", "A \u2229 B, A \u222a B", "A intersection B, A union B"),
        ("en", "1.26e+29, 1.5e+00", "1.26 times 10 to the power of 29, 1.5"),
        ("en", "3.2e-04", "3.2 times 10 to the power of minus 4"),
        ("en", "6 x 6, 1920x1080, 10 x 15 cm", "6 by 6, 1920 by 1080, 10 by 15 centimeters"),
        ("en", "n - 1, 5 - 10, 3 + 4", "n - 1, 5 - 10, 3 + 4"),
        ("de", "x^2 + 1 = 0", "x Quadrat plus 1 gleich 0"),
        ("fr", "1.26e+29", "1.26 fois 10 puissance 29"),
        ("es", "x >= 2, x > 2", "x >= 2, x es mayor que 2"),
        ("zh", "\u6240\u4ee510 - 3 = 7", "\u6240\u4ee510\u51cf3\u7b49\u4e8e7"),
        ("ja", "6 x 6", "6\u304b\u3051\u308b6"),
        ("it", "x^2 = 4", "x^2 = 4"),
    ],
)
def test_formulas_without_a_mark(language, written, said):
    assert say(written, language) == said


@pytest.mark.parametrize(
    ("language", "written", "said"),
    [
        ("en", "-15 degrees, (-3)", "minus 15 degrees, (minus 3)"),
        ("en", "-5\u00b0C", "minus 5 degrees Celsius"),
        ("zh", "\u4eca\u5929-15\u5ea6", "\u4eca\u5929\u8d1f15\u5ea6"),
        ("zh", "\u670950%\u7684\u4eba", "\u6709\u767e\u5206\u4e4b50\u7684\u4eba"),
        ("ja", "50%", "50\u30d1\u30fc\u30bb\u30f3\u30c8"),
        ("zh", "\u00a550, \uffe53\u4e07", "50 \u5143, 3 \u4e07 \u5143"),
        ("ja", "\u00a5500", "500 \u5186"),
        ("hi", "\u20b95 \u0932\u093e\u0916", "5 \u0932\u093e\u0916 \u0930\u0941\u092a\u092f\u0947"),
    ],
)
def test_signs_that_engines_drop_or_read_in_english(language, written, said):
    assert say(written, language) == said


@pytest.mark.parametrize(
    ("language", "written", "said"),
    [
        ("en", "5/3/26, 12/31/1999", "May 3, 2026, December 31, 1999"),
        ("en", "31/12/2025, 13/13/2025", "December 31, 2025, 13/13/2025"),
        ("en-gb", "5/3/26", "5 March 2026"),
        ("fr", "5/3/26", "5 mars 2026"),
        ("zh", "\u65e5\u671f\u662f2026/5/3", "\u65e5\u671f\u662f2026\u5e745\u67083\u65e5"),
        ("hi", "3/5/2026", "3 \u092e\u0908 2026"),
        ("en", "the '90s, in his 30s", "the nineties, in his thirties"),
        ("en", "the mid-80s", "the mid-eighties"),
        ("en", "6m ago, 2h ago, 3d ago", "6 minutes ago, 2 hours ago, 3 days ago"),
        ("en", "2h 30m", "2 hours 30 minutes"),
        ("de", "im 19. Jahrhundert", "im neunzehnten Jahrhundert"),
        ("de", "das 20. Jahrhundert", "das zwanzigste Jahrhundert"),
        ("fr", "au XIXe si\u00e8cle", "au dix-neuvi\u00e8me si\u00e8cle"),
        ("fr", "le 21e", "le vingt-et-uni\u00e8me"),
        ("fr", "1.26e, 26e+2", "1.26e, 26e+2"),
    ],
)
def test_dates_ages_and_ordinals(language, written, said):
    assert say(written, language) == said


@pytest.mark.parametrize(
    ("language", "written", "said"),
    [
        ("en", "555-1234", "5 5 5, 1 2 3 4"),
        ("en", "1-800-555-0199", "1, 8 0 0, 5 5 5, 0 1 9 9"),
        ("en", "(555) 123-4567", "5 5 5, 1 2 3, 4 5 6 7"),
        ("en", "+49 30 123456", "plus 4 9, 3 0, 1 2 3 4 5 6"),
        ("de", "0800 123456", "0 8 0 0, 1 2 3 4 5 6"),
        ("fr", "06 12 34 56 78", "0 6, 1 2, 3 4, 5 6, 7 8"),
        ("en", "Your code is 482913.", "Your code is 4 8 2 9 1 3."),
        ("en", "PIN: 0042, ZIP code 94110", "PIN: 0 0 4 2, ZIP code 9 4 1 1 0"),
        ("zh", "\u9a8c\u8bc1\u7801\u662f482913", "\u9a8c\u8bc1\u7801\u662f4 8 2 9 1 3"),
        ("en", "codes 100 and 200, the barcode", "codes 100 and 200, the barcode"),
    ],
)
def test_telephone_numbers_and_codes(language, written, said):
    assert say(written, language) == said


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("on Main St. The house", "on Main Street. The house"),
        ("at 350 Fifth Ave. in New York", "at 350 Fifth Avenue in New York"),
        ("123 Main St. is", "123 Main Street is"),
        ("Visit St. Louis. We are in St. Paul.", "Visit Saint Louis. We are in Saint Paul."),
        ("World War II, Chapter IV", "World War 2, Chapter 4"),
        ("Louis XIV, Henry VIII, Charles I", "Louis the 14th, Henry the 8th, Charles the 1st"),
        ("Part I'm in, I think, Henry X", "Part I'm in, I think, Henry X"),
    ],
)
def test_streets_and_roman_numbers(written, said):
    assert say(written) == said
