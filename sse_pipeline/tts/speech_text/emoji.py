"""Emoji, taken apart by character: a sequence needs no waiting for its end."""

from typing import Any

from .rules import Line, Rule, Step, drop

#: Text symbols that Unicode counts among the pictographs, but people read.
_SYMBOLS = (
    r"\xa9\xae\u203c\u2049\u2122\u2139\u2194-\u2199\u21a9\u21aa\u24c2\u3030\u303d\u3297\u3299"
)
_PICTOGRAPHS = r"\p{Extended_Pictographic}\p{Regional_Indicator}\p{Emoji_Modifier}\u2605"
#: Variation selectors, the keycap, and the tags of flags.
_MODIFIERS = r"\ufe0e\ufe0f\u20e3\U000e0020-\U000e007f"
_EMOJI = rf"[[{_PICTOGRAPHS}{_MODIFIERS}]--[{_SYMBOLS}]]"
_JOINER = r"\u200d"

#: What can be part of one, for a set of characters.
CHARACTERS = rf"{_PICTOGRAPHS}{_MODIFIERS}{_JOINER}"


def _emoji(line: Line, found: Any) -> Step:
    return Step(found.end(), line.gap)


RULES = (
    Rule(rf"(?V1)[{_MODIFIERS}]|(?<={_EMOJI}){_JOINER}", drop),
    Rule(rf"(?V1){_EMOJI}", _emoji),
)
