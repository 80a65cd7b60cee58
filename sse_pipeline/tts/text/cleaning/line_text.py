"""The text within a line: plain text, emphasis, code spans, links, tags and emoji."""

from typing import Any

import regex

from sse_pipeline.tts.text.cleaning import (
    emoji,
    emphasis,
    formula_marks,
    html_markup,
    links,
    silent_text,
)
from sse_pipeline.tts.text.cleaning.literal_text import CodeSpanReader
from sse_pipeline.tts.text.cleaning.markdown_rules import (
    LIMIT,
    NEWLINE,
    MarkdownLine,
    MarkdownRule,
    ReadStep,
    drop,
    read_by,
)


def _plain(further: str = "") -> regex.Pattern[str]:
    """Compile a pattern of text in which no construct begins."""
    special = rf"\r\n\\`*_~\[!<&${{\u25c1\u3010dDhHwW{emoji.CHARACTERS}{further}"
    return regex.compile(rf"(?:[^{special}]++|(?<=[A-Za-z0-9_])[dDhHwW])++")


_PLAIN = _plain()
_PLAIN_HEADING = _plain(" \t")
_PLAIN_ROW = _plain(" \t|")


def read_line_text(line: MarkdownLine, text: str, at: int, *, final: bool) -> ReadStep | None:
    """Read the next construct, or plain text up to it."""
    pattern = _PLAIN_ROW if line.is_row else _PLAIN_HEADING if line.is_heading else _PLAIN
    plain = pattern.match(text, at)
    if plain is not None:
        return ReadStep(plain.end())
    rules = _RULES.get(text[at], emoji.RULES)
    return read_by(rules, line, text, at, final=final, otherwise=ReadStep(at + 1))


def _newline(line: MarkdownLine, found: Any) -> ReadStep:
    line.end()
    return ReadStep(found.end())


def _code(line: MarkdownLine, found: Any) -> ReadStep:
    line.literal = CodeSpanReader(found.end() - found.start())
    return drop(line, found)


def _end_heading(line: MarkdownLine, found: Any) -> ReadStep | None:
    return drop(line, found) if line.is_heading else None


def _bar(line: MarkdownLine, found: Any) -> ReadStep | None:
    """Speak the bar between two cells as a comma. The bar after the last cell is not spoken."""
    if not line.is_row:
        return None
    is_last = found.string[found.end()] in "\r\n"
    return ReadStep(found.end(), "" if is_last else ", ")


_BAR = MarkdownRule(r"[ \t]*+\|[ \t|]*+(?=[^ \t|])", _bar)
_HEADING_END = MarkdownRule(r"[ \t]++#*+[ \t]*+(?=[\r\n])", _end_heading)

_RULES: dict[str, tuple[MarkdownRule, ...]] = {
    **emphasis.RULES,
    **dict.fromkeys("\r\n", (MarkdownRule(NEWLINE, _newline),)),
    **dict.fromkeys(" \t", (_BAR, _HEADING_END)),
    **dict.fromkeys("hHwW", links.ADDRESS),
    "|": (_BAR,),
    "`": (MarkdownRule(rf"`{{1,{LIMIT - 1}}}+(?=[^`])", _code),),
    **dict.fromkeys("dD", links.DATA),
    "[": (*silent_text.WITHIN["["], *links.BRACKET),
    "!": links.IMAGE,
    "\u3010": links.SOURCE,
    "<": (*links.BRACKETED, *silent_text.WITHIN["<"], *html_markup.TAG),
    "{": silent_text.WITHIN["{"],
    "\u25c1": silent_text.WITHIN["\u25c1"],
    "&": html_markup.ENTITY,
    "\\": (*formula_marks.BACKSLASH, *html_markup.ESCAPE),
    "$": formula_marks.DOLLAR,
}
