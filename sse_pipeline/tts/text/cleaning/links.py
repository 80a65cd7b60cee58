"""Links, images, citation marks and bare addresses: their names are spoken, their targets not."""

from typing import Any

from sse_pipeline.tts.text.cleaning.data_readers import BLANKS, TITLE, DataReader, TargetReader
from sse_pipeline.tts.text.cleaning.literal_text import AddressReader
from sse_pipeline.tts.text.cleaning.markdown_rules import (
    LIMIT,
    LINE_WITHIN,
    LINK_LIMIT,
    MarkdownLine,
    MarkdownRule,
    ReadStep,
    drop,
)

_NESTED = r"!?\[[^\[\]\r\n]*+\](?:\([^\s()]*+\))?"
_TEXT = rf"(?P<text>(?:[^\[\]\\\r\n!]|\\[^\r\n]|{LINE_WITHIN}|{_NESTED}|!){{0,{LIMIT}}}+)"
_PATH = r"(?:[^\s()<>]++|\((?:[^\s()]++|\([^\s()]*+\))*+\))*+"
_TARGET = rf"\({BLANKS}(?:<[^<>\r\n]*+>|{_PATH})(?:(?=\s){BLANKS}{TITLE}?)?+{BLANKS}\)"
#: A target may be longer than anything that is awaited.
_LONG_TARGET = rf"\([ \t]*+<?(?=[^\s]{{{LINK_LIMIT // 2}}})"
_REFERENCE = r"(?P<reference>\[[^\[\]\r\n]{0,100}+\])"
_NUMBERS = r"\^?[1-9][0-9]{0,2}\^?"
_CITATION = rf"\[(?:{_NUMBERS}(?:(?:, ?|[-\u2013]){_NUMBERS}){{0,9}}|\^[^\[\]\s]{{1,40}})\]"
_HOST = r"(?P<host>[\w-]{1,63}+(?:\.[\w-]{1,63}+){%d,9})(?=[^\w.-]|\.[^\w-])"


def _link(line: MarkdownLine, found: Any) -> ReadStep | None:
    """Speak the text of a link. A link whose text is 1 to 99 is a citation mark."""
    if found["reference"] is not None and found.string[found.start() - 1 : found.start()].isalnum():
        return None
    number = found["text"].strip("[]^")
    if number.isdecimal() and len(number) < 3:
        return drop(line, found)
    return ReadStep(found.end(), "", inner=found.span("text"))


def _long_link(line: MarkdownLine, found: Any) -> ReadStep:
    return ReadStep(found.end(), "", inner=found.span("text"), then=TargetReader())


def _data(line: MarkdownLine, found: Any) -> ReadStep:
    return ReadStep(found.end(), "", then=DataReader())


def _image(line: MarkdownLine, found: Any) -> ReadStep:
    return ReadStep(found.end(), "", inner=found.span("text"))


def _address(line: MarkdownLine, found: Any) -> ReadStep:
    line.literal = AddressReader(len(found["host"]))
    return ReadStep(found.start("host"), "")


def _bracketed(line: MarkdownLine, found: Any) -> ReadStep:
    return ReadStep(found.end(), "", inner=found.span("host"))


BRACKET = (
    MarkdownRule(rf"\[{_TEXT}\](?:{_TARGET}|{_REFERENCE})", _link, LINK_LIMIT),
    MarkdownRule(rf"\[{_TEXT}\]{_LONG_TARGET}", _long_link, 2 * LINK_LIMIT),
    MarkdownRule(_CITATION, drop),
)
IMAGE = (
    MarkdownRule(rf"!\[{_TEXT}\](?:{_TARGET}|{_REFERENCE})", _image, LINK_LIMIT),
    MarkdownRule(rf"!\[{_TEXT}\]{_LONG_TARGET}", _long_link, 2 * LINK_LIMIT),
)
#: An address that holds its data.
DATA = (
    MarkdownRule(r"(?<![A-Za-z0-9_])(?i:data:)[\w.+-]{1,60}+/[\w.+-]{1,60}+[;,](?=[^ ])", _data),
)
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
