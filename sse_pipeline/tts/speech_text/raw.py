"""Stretches in which Markdown means nothing: code, formulas, comments and addresses."""

from typing import Any

import regex

from .rules import LIMIT, NEWLINE, Line, Rule, Step, drop, read_by

_REST_OF_LINE = regex.compile(r"[^\r\n]+")
_CODE = regex.compile(r"[^`\r\n]+")


class Fence:
    """A code block, up to the line that closes it or to the end of the text."""

    def __init__(self, fence: str, *, is_quoted: bool) -> None:
        indentation = r"[ \t>]*+" if is_quoted else r"[ \t]*+"
        pattern = rf"{indentation}{fence[0]}{{{len(fence)},}}+[ \t]*+(?=[\r\n])"
        self._closing = Rule(pattern, self._close)
        self._leaving = (Rule(r"[ \t]*+(?=[^ \t>])", self._leave),) if is_quoted else ()
        self._newline = (Rule(NEWLINE, self._end_line),)
        self._is_line_start = False

    def step(self, line: Line, text: str, at: int, *, final: bool) -> Step | None:
        """Leave out what there is of the line."""
        rest = _REST_OF_LINE.match(text, at, len(text) - final)
        if self._is_line_start:
            self._is_line_start = False
            otherwise = Step(rest.end() if rest else at, "", "code")
            rules = (*self._leaving, self._closing)
            step = read_by(rules, line, text, at, final=final, otherwise=otherwise)
            self._is_line_start = step is None
            return step
        if rest:
            return Step(rest.end(), "", "code")
        return read_by(self._newline, line, text, at, final=final, otherwise=Step(at + 1, ""))

    def _end_line(self, line: Line, found: Any) -> Step:
        self._is_line_start = True
        return Step(found.end(), "", "code")

    def _close(self, line: Line, found: Any) -> Step:
        line.raw = None
        line.begin_text()
        return Step(found.end(), "", "code")

    def _leave(self, line: Line, found: Any) -> Step:
        line.raw = None
        line.end()
        return Step(found.start())


class Hidden:
    """What is left out up to what ends it: a formula or a comment."""

    def __init__(self, end: str, skipped: str | None = None, *, ends_at_blank: bool = False):
        self._skipped = skipped
        self._body = regex.compile(rf"[^{regex.escape(end[0])}\r\n]+")
        self._closing = Rule(regex.escape(end), self._close)
        self._leaving = (Rule(rf"(?>{NEWLINE})[ \t]*+(?=[\r\n])", self._leave),) * ends_at_blank

    def step(self, line: Line, text: str, at: int, *, final: bool) -> Step | None:
        """Leave out what there is of it."""
        body = self._body.match(text, at)
        if body:
            return Step(body.end(), "", self._skipped)
        rules = (self._closing,) if final else (self._closing, *self._leaving)
        otherwise = Step(at + 1, "", self._skipped)
        return read_by(rules, line, text, at, final=final, otherwise=otherwise)

    def _close(self, line: Line, found: Any) -> Step:
        line.raw = None
        line.begin_text()
        return Step(found.end(), "", self._skipped)

    def _leave(self, line: Line, found: Any) -> Step:
        line.raw = None
        line.begin_text()
        return Step(found.start())


class CodeSpan:
    """Code within a line: spoken as it stands."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._rules = (Rule(rf"`{{1,{LIMIT}}}+(?=[^`])", self._close),)

    def step(self, line: Line, text: str, at: int, *, final: bool) -> Step | None:
        """Read the code, or what ends it."""
        code = _CODE.match(text, at, len(text) - final)
        if code:
            return Step(code.end())
        if text[at] != "`":
            line.raw = None
            return Step(at)
        return read_by(self._rules, line, text, at, final=final, otherwise=Step(at + 1))

    def _close(self, line: Line, found: Any) -> Step:
        if found.end() - found.start() != self._size:
            return Step(found.end())
        line.raw = None
        return Step(found.end(), "")


class Address:
    """A bare URL from its host on: the host is spoken, and no punctuation after it is lost."""

    def __init__(self, host: int) -> None:
        self._host = host

    def step(self, line: Line, text: str, at: int, *, final: bool) -> Step | None:
        """Read the host, then leave out what follows it."""
        if self._host:
            host, self._host = self._host, 0
            if text[at + host] not in "/?#:":
                line.raw = None
            return Step(at + host)
        step = read_by(_TAIL, line, text, at, final=final, otherwise=Step(at))
        if step == Step(at):
            line.raw = None
        return step


_NO_PATH = r"\s<>\"`|\[\]{}\\^\u3000-\u3003\u3008-\u3011\uff01-\uff0f\uff1a-\uff20"
_STOPS = r".,;:!?'*_~"
_TAIL = (
    Rule(rf"[^{_NO_PATH}{_STOPS}()]++", drop),
    Rule(rf"[{_STOPS}]++(?=[^{_NO_PATH}{_STOPS})])", drop),
    Rule(rf"\((?:[^{_NO_PATH}()])*+\)", drop),
)
