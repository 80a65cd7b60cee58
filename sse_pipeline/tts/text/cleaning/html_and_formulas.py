"""HTML tags, comments and entities, escapes, and formulas within a line."""

import html
from typing import Any

import regex

from sse_pipeline.tts.text.cleaning.literal_text import HiddenReader
from sse_pipeline.tts.text.cleaning.markdown_rules import MarkdownLine, MarkdownRule, ReadStep, drop

#: HTML elements that keep the words before and after them apart.
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


def _tag(line: MarkdownLine, found: Any) -> ReadStep:
    return ReadStep(found.end(), line.gap if found["apart"] else "")


def _comment(line: MarkdownLine, found: Any) -> ReadStep:
    line.literal = HiddenReader("-->")
    return drop(line, found)


def _entity(line: MarkdownLine, found: Any) -> ReadStep | None:
    character = html.unescape(found[0])
    return None if character == found[0] else ReadStep(found.end(), character)


def _escaped(line: MarkdownLine, found: Any) -> ReadStep:
    return ReadStep(found.end(), found[1])


def _formula(line: MarkdownLine, found: Any) -> ReadStep | None:
    """Speak a formula without its dollar signs, braces and backslashes."""
    if not _IS_FORMULA.search(found[1]):
        return None
    return ReadStep(found.end(), _COMMANDS.sub(" ", found[1]).strip())


TAG = (
    MarkdownRule(r"<!--", _comment),
    MarkdownRule(rf"(?i:</?(?:(?P<apart>{_APART})|{_WITHIN})){_ATTRIBUTES}", _tag),
)
ENTITY = (
    MarkdownRule(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});", _entity),
)
ESCAPE = (
    MarkdownRule(r"\\([!-/:-@\[-`{-~])", _escaped),
    MarkdownRule(r"\\(?=[\r\n])", drop),
)
DOLLAR = (MarkdownRule(r"\$([A-Za-z\\][^$\r\n]{0,100}+)(?<=\S)\$(?=[^0-9A-Za-z])", _formula),)
