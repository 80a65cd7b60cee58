"""Links, images, citation marks and bare addresses: what names them is spoken."""

from typing import Any

from .raw import Address
from .rules import LIMIT, LINK_LIMIT, Line, Rule, Step, drop

_NESTED = r"!?\[[^\[\]\r\n]*+\](?:\([^\s()]*+\))?"
_TEXT = rf"(?P<text>(?:[^\[\]\\\r\n!]|\\[^\r\n]|{_NESTED}|!){{0,{LIMIT}}}+)"
_PATH = r"(?:[^\s()<>]++|\((?:[^\s()]++|\([^\s()]*+\))*+\))*+"
_TITLE = r"""(?:"[^"\r\n]*+"|'[^'\r\n]*+'|\([^()\r\n]*+\))"""
_TARGET = rf"\([ \t]*+(?:<[^<>\r\n]*+>|{_PATH})(?:[ \t]++{_TITLE}?)?+[ \t]*+\)"
_REFERENCE = r"(?P<reference>\[[^\[\]\r\n]{0,100}+\])"
_NUMBERS = r"\^?[1-9][0-9]{0,2}\^?"
_CITATION = rf"\[(?:{_NUMBERS}(?:(?:, ?|[-\u2013]){_NUMBERS}){{0,9}}|\^[^\[\]\s]{{1,40}})\]"
_HOST = r"(?P<host>[\w-]{1,63}+(?:\.[\w-]{1,63}+){%d,9})(?=[^\w.-]|\.[^\w-])"


def _link(line: Line, found: Any) -> Step | None:
    """Speak the text of a link; one that is a number is a citation mark."""
    if found["reference"] is not None and found.string[found.start() - 1 : found.start()].isalnum():
        return None
    if found["text"].strip("[]^").isdecimal():
        return drop(line, found)
    return Step(found.end(), "", inner=found.span("text"))


def _image(line: Line, found: Any) -> Step:
    return Step(found.end(), "", inner=found.span("text"))


def _address(line: Line, found: Any) -> Step:
    line.raw = Address(len(found["host"]))
    return Step(found.start("host"), "")


def _bracketed(line: Line, found: Any) -> Step:
    return Step(found.end(), "", inner=found.span("host"))


BRACKET = (
    Rule(rf"\[{_TEXT}\](?:{_TARGET}|{_REFERENCE})", _link, LINK_LIMIT),
    Rule(_CITATION, drop),
)
IMAGE = (Rule(rf"!\[{_TEXT}\](?:{_TARGET}|{_REFERENCE})", _image, LINK_LIMIT),)
#: The marks that some models put into their answers: 【12†source】.
SOURCE = (Rule(r"\u3010[0-9]++[^\u3010\u3011\r\n]{0,60}+\u3011", drop),)
ADDRESS = (
    Rule(r"(?<![A-Za-z0-9_])(?i:https?://)(?:(?i:www\.)(?=[\w-]))?+" + _HOST % 0, _address),
    Rule(r"(?<![A-Za-z0-9_])(?i:www\.)" + _HOST % 1, _address),
)
BRACKETED = (
    Rule(
        r"<https?://(?:www\.)?+(?P<host>[^\s<>/?#:]++)[^\s<>]*+>",
        _bracketed,
        LINK_LIMIT,
    ),
    Rule(r"<(?:mailto:)?(?P<host>[^\s<>@:]{1,64}@[^\s<>@:]{1,200})>", _bracketed),
)
