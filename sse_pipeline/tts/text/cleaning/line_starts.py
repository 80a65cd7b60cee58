"""The start of a line: headings, lists, quotations, tables, code fences and formulas."""

from typing import Any

from sse_pipeline.tts.text.cleaning import formula_marks, front_matter, silent_text
from sse_pipeline.tts.text.cleaning.literal_text import (
    CodeBlockReader,
    HiddenReader,
    IndentedCodeReader,
    RestOfLineReader,
)
from sse_pipeline.tts.text.cleaning.markdown_rules import (
    CODE_INDENTATION,
    MarkdownLine,
    MarkdownRule,
    ReadStep,
    drop,
    read_by,
)


def read_line_start(line: MarkdownLine, text: str, at: int, *, final: bool) -> ReadStep | None:
    """Read a marker at the start of a line, or note that the text of the line begins."""
    if text[at] not in " \t\r\n":
        if line.is_indented_code and not line.is_quoted:
            reader = IndentedCodeReader(line.item_indentation + CODE_INDENTATION)
            return ReadStep(at, then=reader)
        if line.is_after_blank and line.is_blank:
            line.item_indentation = min(line.item_indentation, line.indentation)
    rules = _RULES.get(text[at], ())
    step = read_by(rules, line, text, at, final=final, otherwise=ReadStep(at))
    if step == ReadStep(at):
        line.is_start = False
        line.is_blank = line.is_blank and text[at] in "\r\n"
    return step


def _indent(line: MarkdownLine, found: Any) -> ReadStep:
    width = 1 if found[0] == " " else CODE_INDENTATION
    line.indentation += width - line.indentation % width
    return ReadStep(found.end())


def _quote(line: MarkdownLine, found: Any) -> ReadStep:
    line.begin_block()
    line.is_quoted = True
    return drop(line, found)


def _item(line: MarkdownLine, found: Any) -> ReadStep:
    line.begin_item(len(found[0]))
    return drop(line, found)


def _number(line: MarkdownLine, found: Any) -> ReadStep:
    line.begin_item(len(found[0]) + 1)
    return ReadStep(found.end(), found[1] + ",")


def _box(line: MarkdownLine, found: Any) -> ReadStep | None:
    return drop(line, found) if line.is_item else None


def _heading(line: MarkdownLine, found: Any) -> ReadStep:
    line.begin_block()
    line.begin_text()
    line.is_heading = True
    return drop(line, found)


def _row(line: MarkdownLine, found: Any) -> ReadStep:
    line.begin_block()
    line.begin_text()
    line.is_row = True
    return drop(line, found)


def _mark(line: MarkdownLine, found: Any) -> ReadStep:
    line.begin_block()
    line.begin_text()
    return drop(line, found)


def _reference(line: MarkdownLine, found: Any) -> ReadStep:
    line.begin_block()
    line.begin_text()
    return ReadStep(found.end(), "", then=RestOfLineReader())


def _fence(line: MarkdownLine, found: Any) -> ReadStep:
    line.begin_block()
    line.literal = CodeBlockReader(found[1], is_quoted=line.is_quoted)
    return ReadStep(found.end(), "", "code")


def _formula(line: MarkdownLine, found: Any) -> ReadStep:
    line.begin_block()
    line.literal = HiddenReader(
        r"\$\$" if found[0] == "$$" else r"\\\]", "formula", ends_at_blank=True
    )
    return ReadStep(found.end(), "", "formula")


_INDENTATION = MarkdownRule(r"[ \t]", _indent)
_BULLET = MarkdownRule(r"[-*+\u2022\u25e6\u2023\u25aa][ \t]", _item)
_ORDERED = MarkdownRule(r"([0-9]{1,9})[.)](?=[ \t])", _number)
_FENCES = (
    MarkdownRule(r"(`{3,}+)[^`\r\n]*+(?=[\r\n])", _fence),
    MarkdownRule(r"(~{3,}+)[^\r\n]*+(?=[\r\n])", _fence),
)
#: The delimiter row of a table, a horizontal rule, or the underline of a heading.
_DASHES = MarkdownRule(r"(?=[|: \t]*+-)[-|: \t]++(?=[\r\n])", _mark)
_STARS = MarkdownRule(r"\*[* \t]*+(?=[\r\n])", _mark)
_UNDERLINES = MarkdownRule(r"_[ \t]*+_[ \t]*+_[_ \t]*+(?=[\r\n])", _mark)
_EQUALS = MarkdownRule(r"==++[ \t]*+(?=[\r\n])", _mark)
_ADDRESS = (
    r"<?(?:https?://|mailto:|data:|www\.|/|#|\.{1,2}/|[\w-]{1,60}/|[\w-]{1,60}\.[a-z]{2,4}[\r\n])"
)
_REFERENCE = MarkdownRule(rf"\[[^\[\]\r\n^][^\[\]\r\n]{{0,99}}\]:[ \t]*+(?={_ADDRESS})", _reference)

_RULES: dict[str, tuple[MarkdownRule, ...]] = {
    **dict.fromkeys(" \t", (_INDENTATION,)),
    **dict.fromkeys("\u2022\u25e6\u2023\u25aa", (_BULLET,)),
    "+": (*front_matter.PLUSES, _BULLET),
    **dict.fromkeys("0123456789", (_ORDERED,)),
    **dict.fromkeys("`~", _FENCES),
    "-": (*front_matter.DASHES, _DASHES, _BULLET),
    "*": (_STARS, _BULLET),
    "_": (_UNDERLINES,),
    "=": (_EQUALS,),
    ":": (_DASHES,),
    "|": (_DASHES, MarkdownRule(r"\|[ \t|]*+(?=[^ \t|])", _row)),
    "#": (MarkdownRule(r"#{1,6}+(?:[ \t]|(?=[\r\n]))", _heading),),
    ">": (MarkdownRule(r">(?=[^=])", _quote),),
    "[": (
        MarkdownRule(r"\[[ xX]\](?=[ \t])", _box),
        MarkdownRule(r"\[\^[^\[\]\s]{1,40}\]:", _mark),
        _REFERENCE,
        *silent_text.AT_START["["],
    ),
    "<": silent_text.AT_START["<"],
    "{": silent_text.AT_START["{"],
    "\u25c1": silent_text.AT_START["\u25c1"],
    "$": (formula_marks.DOLLAR[0], MarkdownRule(r"\$\$(?=[^$])", _formula)),
    "\\": (formula_marks.BACKSLASH[0], formula_marks.BACKSLASH[2], MarkdownRule(r"\\\[", _formula)),
}
