"""Links, images, citation marks and bare addresses: their names are spoken, their targets not."""

from typing import Any

from sse_pipeline.tts.text.cleaning.literal_text import AddressReader
from sse_pipeline.tts.text.cleaning.markdown_rules import (
    LIMIT,
    LINK_LIMIT,
    MarkdownLine,
    MarkdownRule,
    ReadStep,
    drop,
)

_NESTED = r"!?\[[^\[\]\r\n]*+\](?:\([^\s()]*+\))?"
_TEXT = rf"(?P<text>(?:[^\[\]\\\r\n!]|\\[^\r\n]|{_NESTED}|!){{0,{LIMIT}}}+)"
_PATH = r"(?:[^\s()<>]++|\((?:[^\s()]++|\([^\s()]*+\))*+\))*+"
_TITLE = r"""(?:"[^"\r\n]*+"|'[^'\r\n]*+'|\([^()\r\n]*+\))"""
_TARGET = rf"\([ \t]*+(?:<[^<>\r\n]*+>|{_PATH})(?:[ \t]++{_TITLE}?)?+[ \t]*+\)"
_REFERENCE = r"(?P<reference>\[[^\[\]\r\n]{0,100}+\])"
_NUMBERS = r"\^?[1-9][0-9]{0,2}\^?"
_CITATION = rf"\[(?:{_NUMBERS}(?:(?:, ?|[-\u2013]){_NUMBERS}){{0,9}}|\^[^\[\]\s]{{1,40}})\]"
_HOST = r"(?P<host>[\w-]{1,63}+(?:\.[\w-]{1,63}+){%d,9})(?=[^\w.-]|\.[^\w-])"


def _link(line: MarkdownLine, found: Any) -> ReadStep | None:
    """Speak the text of a link. A link whose text is a number is a citation mark."""
    if found["reference"] is not None and found.string[found.start() - 1 : found.start()].isalnum():
        return None
    if found["text"].strip("[]^").isdecimal():
        return drop(line, found)
    return ReadStep(found.end(), "", inner=found.span("text"))


def _image(line: MarkdownLine, found: Any) -> ReadStep:
    return ReadStep(found.end(), "", inner=found.span("text"))


def _address(line: MarkdownLine, found: Any) -> ReadStep:
    line.literal = AddressReader(len(found["host"]))
    return ReadStep(found.start("host"), "")


def _bracketed(line: MarkdownLine, found: Any) -> ReadStep:
    return ReadStep(found.end(), "", inner=found.span("host"))


BRACKET = (
    MarkdownRule(rf"\[{_TEXT}\](?:{_TARGET}|{_REFERENCE})", _link, LINK_LIMIT),
    MarkdownRule(_CITATION, drop),
)
IMAGE = (MarkdownRule(rf"!\[{_TEXT}\](?:{_TARGET}|{_REFERENCE})", _image, LINK_LIMIT),)
#: Citation marks of some models: 【12†source】.
SOURCE = (MarkdownRule(r"\u3010[0-9]++[^\u3010\u3011\r\n]{0,60}+\u3011", drop),)
ADDRESS = (
    MarkdownRule(r"(?<![A-Za-z0-9_])(?i:https?://)(?:(?i:www\.)(?=[\w-]))?+" + _HOST % 0, _address),
    MarkdownRule(r"(?<![A-Za-z0-9_])(?i:www\.)" + _HOST % 1, _address),
)
BRACKETED = (
    MarkdownRule(
        r"<https?://(?:www\.)?+(?P<host>[^\s<>/?#:]++)[^\s<>]*+>",
        _bracketed,
        LINK_LIMIT,
    ),
    MarkdownRule(r"<(?:mailto:)?(?P<host>[^\s<>@:]{1,64}@[^\s<>@:]{1,200})>", _bracketed),
)
