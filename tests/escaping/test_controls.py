"""What acts on a page or a terminal is shown; what is read stays as it is."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.unicode import ANY_TEXT, acts
from sse_pipeline.escaping import escape_controls


def test_of_all_of_unicode_nothing_is_left_that_acts() -> None:
    everything = "".join(map(chr, range(0x110000)))
    shown = escape_controls(everything)
    assert not any(map(acts, shown))
    assert shown.encode()
    assert len(shown.splitlines()) == 1


@given(ANY_TEXT)
def test_a_text_is_one_line_and_is_escaped_once(text: str) -> None:
    shown = escape_controls(text)
    assert not any(map(acts, shown))
    assert escape_controls(shown) == shown


@given(st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"])))
def test_what_is_read_stays(text: str) -> None:
    assert escape_controls(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\u202eb\u2067\x1b\n", r"a\u202eb\u2067\x1b\n"),
        ("\u2028\u2029\x85\x9b\x00\x7f", r"\u2028\u2029\x85\x9b\x00\x7f"),
        ("\ud800 \udfff", r"\ud800 \udfff"),
        ("soft\xad zero\u200b bom\ufeff", r"soft\xad zero\u200b bom\ufeff"),
        ("\U000e0041", r"\U000e0041"),
        ("\u05e9\u05dc\u05d5\u05dd é 👩‍👩‍👧 می‌خواهم", "\u05e9\u05dc\u05d5\u05dd é 👩‍👩‍👧 می‌خواهم"),
    ],
)
def test_how_it_is_shown(text: str, shown: str) -> None:
    assert escape_controls(text) == shown


def test_the_joiners_are_all_that_is_left_of_the_invisible() -> None:
    formats = [
        chr(code)
        for code in range(0x110000)
        if unicodedata.category(chr(code)) == "Cf" and escape_controls(chr(code)) == chr(code)
    ]
    # The others are seen: signs before numbers and syllables, in Arabic, Syriac and other scripts.
    assert {"\u200c", "\u200d"} <= set(formats)
    assert all(
        unicodedata.name(each, "").split()[0]
        in {"ZERO", "ARABIC", "SYRIAC", "KAITHI", "EGYPTIAN", "SHORTHAND", "MUSICAL"}
        for each in formats
    )
