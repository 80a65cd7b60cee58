"""What stands within a line."""

from typing import Any

import regex

from . import emoji, emphasis, links, markup
from .raw import CodeSpan
from .rules import LIMIT, NEWLINE, Line, Rule, Step, drop, read_by


def _plain(further: str = "") -> regex.Pattern[str]:
    """Compile a pattern of text in which nothing begins."""
    special = rf"\r\n\\`*_~\[!<&$\u3010hHwW{emoji.CHARACTERS}{further}"
    return regex.compile(rf"(?:[^{special}]++|(?<=[A-Za-z0-9_])[hHwW])++")


_PLAIN = _plain()
_PLAIN_HEADING = _plain(" \t")
_PLAIN_ROW = _plain(" \t|")


def read_inline(line: Line, text: str, at: int, *, final: bool) -> Step | None:
    """Read what stands next within a line."""
    pattern = _PLAIN_ROW if line.is_row else _PLAIN_HEADING if line.is_heading else _PLAIN
    plain = pattern.match(text, at)
    if plain is not None:
        return Step(plain.end())
    rules = _RULES.get(text[at], emoji.RULES)
    return read_by(rules, line, text, at, final=final, otherwise=Step(at + 1))


def _newline(line: Line, found: Any) -> Step:
    line.end()
    return Step(found.end())


def _code(line: Line, found: Any) -> Step:
    line.raw = CodeSpan(found.end() - found.start())
    return drop(line, found)


def _end_heading(line: Line, found: Any) -> Step | None:
    return drop(line, found) if line.is_heading else None


def _bar(line: Line, found: Any) -> Step | None:
    """Speak the bar between two cells as a comma, and not the one after the last."""
    if not line.is_row:
        return None
    is_last = found.string[found.end()] in "\r\n"
    return Step(found.end(), "" if is_last else ", ")


_BAR = Rule(r"[ \t]*+\|[ \t|]*+(?=[^ \t|])", _bar)
_HEADING_END = Rule(r"[ \t]++#*+[ \t]*+(?=[\r\n])", _end_heading)

_RULES: dict[str, tuple[Rule, ...]] = {
    **emphasis.RULES,
    **dict.fromkeys("\r\n", (Rule(NEWLINE, _newline),)),
    **dict.fromkeys(" \t", (_BAR, _HEADING_END)),
    **dict.fromkeys("hHwW", links.ADDRESS),
    "|": (_BAR,),
    "`": (Rule(rf"`{{1,{LIMIT - 1}}}+(?=[^`])", _code),),
    "[": links.BRACKET,
    "!": links.IMAGE,
    "\u3010": links.SOURCE,
    "<": (*links.BRACKETED, *markup.TAG),
    "&": markup.ENTITY,
    "\\": markup.ESCAPE,
    "$": markup.DOLLAR,
}
