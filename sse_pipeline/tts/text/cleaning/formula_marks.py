"""Formulas of LaTeX: between dollar signs, after a backslash and a bracket, and as environments."""

from typing import Any

from sse_pipeline.tts.text.cleaning.markdown_rules import (
    LINK_LIMIT,
    NEWLINE,
    MarkdownLine,
    MarkdownRule,
    ReadStep,
)

_LINE = rf"(?>{NEWLINE})(?=[ \t]*+[^ \t\r\n])"
#: A word of a text shows that the dollar sign stands for money, or for a variable of a shell.
_NAMES = "sin|cos|tan|cot|sec|log|exp|lim|max|min|mod|det|gcd|sup|inf"
_TOKEN = (
    r"(?:\\[A-Za-z]++(?:\{[^{}$\r\n]*+\})?+|\\[^A-Za-z\r\n]|[_^]\{[^{}$\r\n]*+\}"
    rf"|(?:{_NAMES})(?=[^A-Za-z])|[A-Za-z]{{1,2}}+(?=[^A-Za-z])|[.?](?=\S)|\p{{Greek}}"
    r"|[^$\\\r\n.?\p{L}\p{M}])"
)
#: After an amount of money no sign of a formula follows.
_NO_AMOUNT = (
    r"(?![0-9][0-9.,]*+(?:[^\S\r\n]++(?:[\p{L}\p{M}]{2}|[\"'0-9])|(?<=[.,])\s|[;:!?]\s"
    r"|[\p{L}\p{M}]{3}|[\u2013\u2014\u2019\u201d\u2026\u2e80-\uffef]))"
)
_ENVIRONMENTS = "equation|align|aligned|gather|multline|eqnarray|displaymath|math|cases|split"


def _formula(line: MarkdownLine, found: Any) -> ReadStep:
    is_block = line.is_start
    if is_block:
        line.begin_block()
        line.begin_text()
    spoken = line.read_formula(found["tex"])
    if spoken is None and is_block:
        return ReadStep(found.end(), "", "formula")
    return ReadStep(found.end(), line.gap if spoken is None else spoken)


_DISPLAYED = rf"(?P<tex>(?:[^$\r\n]|{_LINE})+?)"
DOLLAR = (
    MarkdownRule(rf"\$\$(?![ \t]*+[),.;:!?]){_DISPLAYED}\$\$", _formula, LINK_LIMIT),
    MarkdownRule(
        rf"\$(?=[^\s$]){_NO_AMOUNT}(?P<tex>{_TOKEN}++)(?<=\S)\$(?=[^0-9A-Za-z$])", _formula
    ),
)
BACKSLASH = (
    MarkdownRule(rf"\\\[(?P<tex>(?:[^\r\n]|{_LINE})+?)\\\]", _formula, LINK_LIMIT),
    MarkdownRule(r"\\\((?P<tex>[^\r\n]+?)\\\)", _formula),
    MarkdownRule(
        rf"(?P<tex>\\begin\{{(?P<name>{_ENVIRONMENTS})(?P<star>\*?)\}}(?:[^\r\n]|{_LINE})+?"
        r"\\end\{(?P=name)(?P=star)\})",
        _formula,
        LINK_LIMIT,
    ),
)
