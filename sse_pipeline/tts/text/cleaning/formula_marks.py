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
    r"(?:\\(?:text|mathrm|operatorname|mathbf|mathit)\{[^{}\r\n]*+\}|\\[A-Za-z]++|\\[^A-Za-z\r\n]"
    rf"|(?:{_NAMES})(?=[^A-Za-z])|[A-Za-z]{{1,2}}+(?=[^A-Za-z])|[^$\\\r\nA-Za-z])"
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
    MarkdownRule(rf"\$\${_DISPLAYED}\$\$", _formula, LINK_LIMIT),
    MarkdownRule(rf"\$(?=[^\s$])(?P<tex>{_TOKEN}+)(?<=\S)\$(?=[^0-9A-Za-z$])", _formula),
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
