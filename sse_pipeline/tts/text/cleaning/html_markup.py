"""HTML tags and entities, and escapes."""

import html
from typing import Any

from sse_pipeline.tts.text.cleaning.data_readers import TagReader
from sse_pipeline.tts.text.cleaning.markdown_rules import (
    LIMIT,
    NEWLINE,
    MarkdownLine,
    MarkdownRule,
    ReadStep,
    drop,
)

#: HTML elements that keep the words before and after them apart.
_APART = (
    "br|hr|p|div|li|ul|ol|dl|dt|dd|tr|td|th|table|tbody|thead|tfoot|colgroup|col|caption|h[1-6]"
    "|blockquote|details|summary|section|article|aside|header|footer|nav|main|address|form|fieldset"
    "|legend|body|html|option"
)
_WITHIN = (
    "a|abbr|b|big|center|cite|code|del|dfn|em|figure|figcaption|font|i|img|ins|kbd|mark|pre|q|s"
    "|samp|small|span|strike|strong|sub|sup|time|tt|u|var|wbr|picture|source|label|button|input"
    "|ruby|rt|rp|bdi|bdo|data|acronym|link|meta|svg|iframe|video|audio|script|style|object|embed"
)
_VALUE = r"""(?:"[^"]*+"|'[^']*+'|[^\s"'<>=`]++)"""
#: Attributes without a value. Any other word after "<b " may belong to a comparison.
_FLAGS = (
    "open|hidden|disabled|checked|selected|readonly|required|multiple|reversed|controls|autoplay"
    "|muted|loop|async|defer|nowrap|noshade|itemscope|inert|allowfullscreen|download|ismap"
)
_BLANKS = rf"(?:[ \t]++(?:(?>{NEWLINE})[ \t]*+)?|(?>{NEWLINE})[ \t]*+)"
_ATTRIBUTE = rf"{_BLANKS}(?:[\w:.@-]++[ \t]*+=[ \t]*+{_VALUE}|(?:{_FLAGS})(?=[\s/>]))"
_ATTRIBUTES = rf"(?:{_ATTRIBUTE})*+(?:{_BLANKS})?+/?>"


def _tag(line: MarkdownLine, found: Any) -> ReadStep:
    return ReadStep(found.end(), line.gap if found["apart"] else "")


def _long_tag(line: MarkdownLine, found: Any) -> ReadStep:
    return ReadStep(found.end(), line.gap if found["apart"] else "", then=TagReader())


def _entity(line: MarkdownLine, found: Any) -> ReadStep | None:
    character = html.unescape(found[0])
    return None if character == found[0] else ReadStep(found.end(), character)


def _escaped(line: MarkdownLine, found: Any) -> ReadStep:
    return ReadStep(found.end(), found[1])


_NAME = rf"(?i:</?(?:(?P<apart>{_APART})|{_WITHIN}))"
TAG = (
    MarkdownRule(rf"{_NAME}{_ATTRIBUTES}", _tag),
    MarkdownRule(
        rf"{_NAME}(?=\s[^<>]{{0,{LIMIT}}}?[\w-]=(?:\"[^\"]{{{LIMIT}}}|'[^']{{{LIMIT}}}|[^\s\"'<>]{{{LIMIT}}}))",
        _long_tag,
        3 * LIMIT,
    ),
    MarkdownRule(r"<(?:!(?:doctype|DOCTYPE|\[CDATA\[)|\?xml)[^<>]*+>", drop),
)
ENTITY = (
    MarkdownRule(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});", _entity),
)
ESCAPE = (
    MarkdownRule(r"\\([!-/:-@\[-`{-~])", _escaped),
    MarkdownRule(r"\\(?=[\r\n])", drop),
)
