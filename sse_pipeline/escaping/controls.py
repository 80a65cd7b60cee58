"""The characters that act on a page or a terminal in place of being seen on it."""

import re

_CONTROLS = re.compile(
    "["
    "\x00-\x1f\x7f-\x9f"  # controls: ends of lines, and the sequences that a terminal obeys
    "\u2028\u2029"  # more ends of lines
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u206f"  # the direction of the text
    # What nobody sees. Not the joiners U+200C and U+200D: scripts and emoji are written with them.
    "\xad\u180e\u200b\u2060-\u2065\ufeff\ufff9-\ufffb\U000e0000-\U000e007f"
    "\ud800-\udfff"  # lone surrogates, which no encoding takes
    "]"
)


def escape_controls(text: str) -> str:
    r"""Return a text with an escape, such as `\x1b`, for each character that acts or is not seen.

    The result is one line, can be encoded, and stays as it is if it is escaped again.
    """
    return _CONTROLS.sub(lambda found: repr(found[0])[1:-1], text)
