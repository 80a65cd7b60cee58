"""Texts of any characters, and which of them act on a page or a terminal."""

import unicodedata

from hypothesis import strategies as st

#: Any text, with lone surrogates, and often with what acts.
ANY_TEXT = st.text(
    st.one_of(
        st.characters(codec=None),
        st.characters(categories=["Cc", "Cf", "Cs", "Zl", "Zp"]),
    )
)
#: The same as UTF-8 can have it.
ENCODABLE_TEXT = st.text(
    st.one_of(
        st.characters(codec="utf-8"),
        st.characters(codec="utf-8", categories=["Cc", "Cf", "Zl", "Zp"]),
    )
)

_DIRECTIONS = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
_MARKS = "\u200e\u200f\u061c"


def acts(character: str) -> bool:
    """Return whether a character ends a line, steers a terminal or a text, or can't be encoded."""
    return (
        unicodedata.category(character) in {"Cc", "Zl", "Zp", "Cs"}
        or unicodedata.bidirectional(character) in _DIRECTIONS
        or character in _MARKS
    )
