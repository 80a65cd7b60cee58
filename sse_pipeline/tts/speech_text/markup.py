"""HTML within a text, escapes, and formulas within a line."""

import html
from typing import Any

import regex

from .raw import Hidden
from .rules import Line, Rule, Step, drop

#: The elements that keep the words before and after them apart.
_APART = (
    "br|hr|p|div|li|ul|ol|dl|dt|dd|tr|td|th|table|tbody|thead|h[1-6]|blockquote|details|summary"
)
_WITHIN = (
    "a|abbr|b|big|center|cite|code|del|dfn|em|figure|figcaption|font|i|img|ins|kbd|mark|pre|q|s"
    "|samp|small|span|strike|strong|sub|sup|time|tt|u|var|wbr"
)
_VALUE = r"""(?:"[^"<>\r\n]*+"|'[^'<>\r\n]*+'|[^\s"'<>=]++)"""
_ATTRIBUTES = rf"(?:[ \t]++(?:[\w:.-]++[ \t]*+=[ \t]*+{_VALUE}|open|hidden))*+[ \t]*+/?>"
_IS_FORMULA = regex.compile(r"[\\^_={}+]|^.$")
_COMMANDS = regex.compile(r"[\\{}]+")


def _tag(line: Line, found: Any) -> Step:
    return Step(found.end(), line.gap if found["apart"] else "")


def _comment(line: Line, found: Any) -> Step:
    line.raw = Hidden("-->")
    return drop(line, found)


def _entity(line: Line, found: Any) -> Step | None:
    character = html.unescape(found[0])
    return None if character == found[0] else Step(found.end(), character)


def _escaped(line: Line, found: Any) -> Step:
    return Step(found.end(), found[1])


def _formula(line: Line, found: Any) -> Step | None:
    """Speak a formula without its dollars, its braces and the backslashes of its commands."""
    if not _IS_FORMULA.search(found[1]):
        return None
    return Step(found.end(), _COMMANDS.sub(" ", found[1]).strip())


TAG = (
    Rule(r"<!--", _comment),
    Rule(rf"(?i:</?(?:(?P<apart>{_APART})|{_WITHIN})){_ATTRIBUTES}", _tag),
)
ENTITY = (Rule(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});", _entity),)
ESCAPE = (
    Rule(r"\\([!-/:-@\[-`{-~])", _escaped),
    Rule(r"\\(?=[\r\n])", drop),
)
DOLLAR = (Rule(r"\$([A-Za-z\\][^$\r\n]{0,100}+)(?<=\S)\$(?=[^0-9A-Za-z])", _formula),)
