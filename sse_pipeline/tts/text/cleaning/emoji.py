"""Emoji. They are read character by character, so a sequence is not held back to its end."""

from typing import Any

from sse_pipeline.tts.text.cleaning.markdown_rules import MarkdownLine, MarkdownRule, ReadStep, drop

#: Symbols that Unicode counts as pictographs, but that people read as text.
_SYMBOLS = (
    r"\xa9\xae\u203c\u2049\u2122\u2139\u2194-\u2199\u21a9\u21aa\u24c2\u3030\u303d\u3297\u3299"
)
_PICTOGRAPHS = r"\p{Extended_Pictographic}\p{Regional_Indicator}\p{Emoji_Modifier}\u2605"
#: Variation selectors, the keycap sign, and the tags of flags.
_MODIFIERS = r"\ufe0e\ufe0f\u20e3\U000e0020-\U000e007f"
_EMOJI = rf"[[{_PICTOGRAPHS}{_MODIFIERS}]--[{_SYMBOLS}]]"
_JOINER = r"\u200d"

#: The characters that can be part of an emoji, for a character set of a pattern.
CHARACTERS = rf"{_PICTOGRAPHS}{_MODIFIERS}{_JOINER}"


def _emoji(line: MarkdownLine, found: Any) -> ReadStep:
    return ReadStep(found.end(), line.gap)


RULES = (
    MarkdownRule(rf"(?V1)[{_MODIFIERS}]|(?<={_EMOJI}){_JOINER}", drop),
    MarkdownRule(rf"(?V1){_EMOJI}", _emoji),
)
