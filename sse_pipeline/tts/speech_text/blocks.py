"""What stands at the start of a line: headings, lists, quotations, tables and code fences."""

from typing import Any

from .raw import Fence, Hidden
from .rules import LINK_LIMIT, Line, Rule, Step, drop, read_by


def read_start(line: Line, text: str, at: int, *, final: bool) -> Step | None:
    """Read a marker at the start of a line, or find that its text begins."""
    rules = _RULES.get(text[at], ())
    step = read_by(rules, line, text, at, final=final, otherwise=Step(at))
    if step == Step(at):
        line.is_start = False
        line.is_blank = line.is_blank and text[at] in "\r\n"
    return step


def _indent(line: Line, found: Any) -> Step:
    return Step(found.end())


def _quote(line: Line, found: Any) -> Step:
    line.begin_block()
    line.is_quoted = True
    return drop(line, found)


def _item(line: Line, found: Any) -> Step:
    line.begin_block()
    line.is_item = True
    return drop(line, found)


def _number(line: Line, found: Any) -> Step:
    line.begin_block()
    line.is_item = True
    return Step(found.end(), found[1] + ",")


def _box(line: Line, found: Any) -> Step | None:
    return drop(line, found) if line.is_item else None


def _heading(line: Line, found: Any) -> Step:
    line.begin_block()
    line.begin_text()
    line.is_heading = True
    return drop(line, found)


def _row(line: Line, found: Any) -> Step:
    line.begin_block()
    line.begin_text()
    line.is_row = True
    return drop(line, found)


def _mark(line: Line, found: Any) -> Step:
    line.begin_block()
    line.begin_text()
    return drop(line, found)


def _fence(line: Line, found: Any) -> Step:
    line.begin_block()
    line.raw = Fence(found[1], is_quoted=line.is_quoted)
    return Step(found.end(), "", "code")


def _formula(line: Line, found: Any) -> Step:
    line.begin_block()
    line.raw = Hidden("$$" if found[0] == "$$" else r"\]", "formula", ends_at_blank=True)
    return Step(found.end(), "", "formula")


_INDENTATION = Rule(r"[ \t]", _indent)
_BULLET = Rule(r"[-*+\u2022\u25e6\u2023\u25aa][ \t]", _item)
_ORDERED = Rule(r"([0-9]{1,9})[.)](?=[ \t])", _number)
_FENCES = (
    Rule(r"(`{3,}+)[^`\r\n]*+(?=[\r\n])", _fence),
    Rule(r"(~{3,}+)[^\r\n]*+(?=[\r\n])", _fence),
)
#: A table's delimiter row, a horizontal rule, the underline of a heading.
_DASHES = Rule(r"(?=[|: \t]*+-)[-|: \t]++(?=[\r\n])", _mark)
_STARS = Rule(r"\*[* \t]*+(?=[\r\n])", _mark)
_UNDERLINES = Rule(r"_[ \t]*+_[ \t]*+_[_ \t]*+(?=[\r\n])", _mark)
_EQUALS = Rule(r"==++[ \t]*+(?=[\r\n])", _mark)
_ADDRESS = r"<?(?:https?://|mailto:|www\.|/|#|\.{1,2}/)"
_REFERENCE = Rule(
    rf"\[[^\[\]\r\n^][^\[\]\r\n]{{0,99}}\]:[ \t]*+{_ADDRESS}[^\r\n]*+(?=[\r\n])",
    _mark,
    LINK_LIMIT,
)

_RULES: dict[str, tuple[Rule, ...]] = {
    **dict.fromkeys(" \t", (_INDENTATION,)),
    **dict.fromkeys("+\u2022\u25e6\u2023\u25aa", (_BULLET,)),
    **dict.fromkeys("0123456789", (_ORDERED,)),
    **dict.fromkeys("`~", _FENCES),
    "-": (_DASHES, _BULLET),
    "*": (_STARS, _BULLET),
    "_": (_UNDERLINES,),
    "=": (_EQUALS,),
    ":": (_DASHES,),
    "|": (_DASHES, Rule(r"\|[ \t|]*+(?=[^ \t|])", _row)),
    "#": (Rule(r"#{1,6}+(?:[ \t]|(?=[\r\n]))", _heading),),
    ">": (Rule(r">(?=[^=])", _quote),),
    "[": (
        Rule(r"\[[ xX]\](?=[ \t])", _box),
        Rule(r"\[\^[^\[\]\s]{1,40}\]:", _mark),
        _REFERENCE,
    ),
    "$": (Rule(r"\$\$(?=[^$])", _formula),),
    "\\": (Rule(r"\\\[", _formula),),
}
