"""Readers for stretches in which Markdown means nothing: code, formulas, comments, addresses."""

from typing import Any

import regex

from sse_pipeline.tts.text.cleaning.markdown_rules import (
    LIMIT,
    NEWLINE,
    MarkdownLine,
    MarkdownRule,
    ReadStep,
    drop,
    read_by,
)

_REST_OF_LINE = regex.compile(r"[^\r\n]+")
_CODE = regex.compile(r"[^`\r\n]+")


class CodeBlockReader:
    """Skips a code block, up to the line that closes it or to the end of the text."""

    def __init__(self, fence: str, *, is_quoted: bool) -> None:
        indentation = r"[ \t>]*+" if is_quoted else r"[ \t]*+"
        pattern = rf"{indentation}{fence[0]}{{{len(fence)},}}+[ \t]*+(?=[\r\n])"
        self._closing = MarkdownRule(pattern, self._close)
        self._leaving = (MarkdownRule(r"[ \t]*+(?=[^ \t>])", self._leave),) if is_quoted else ()
        self._newline = (MarkdownRule(NEWLINE, self._end_line),)
        self._is_line_start = False

    def read(self, line: MarkdownLine, text: str, at: int, *, final: bool) -> ReadStep | None:
        """Skip the text of the line that has come."""
        rest = _REST_OF_LINE.match(text, at, len(text) - final)
        if self._is_line_start:
            self._is_line_start = False
            otherwise = ReadStep(rest.end() if rest else at, "", "code")
            rules = (*self._leaving, self._closing)
            step = read_by(rules, line, text, at, final=final, otherwise=otherwise)
            self._is_line_start = step is None
            return step
        if rest:
            return ReadStep(rest.end(), "", "code")
        return read_by(self._newline, line, text, at, final=final, otherwise=ReadStep(at + 1, ""))

    def _end_line(self, line: MarkdownLine, found: Any) -> ReadStep:
        self._is_line_start = True
        return ReadStep(found.end(), "", "code")

    def _close(self, line: MarkdownLine, found: Any) -> ReadStep:
        line.literal = None
        line.begin_text()
        return ReadStep(found.end(), "", "code")

    def _leave(self, line: MarkdownLine, found: Any) -> ReadStep:
        line.literal = None
        line.end()
        return ReadStep(found.start())


class IndentedCodeReader:
    """Skips the lines of a code block that is indented so far."""

    def __init__(self, indentation: int) -> None:
        blanks = rf"(?: {{{indentation}}}| {{0,3}}\t)"
        further = rf"(?:(?>{NEWLINE})[ \t]*+)*(?>{NEWLINE}){blanks}[ \t]*+(?=[^ \t\r\n])"
        self._further = (MarkdownRule(further, _code),)

    def read(self, line: MarkdownLine, text: str, at: int, *, final: bool) -> ReadStep | None:
        """Skip the rest of a line, or the blanks before the next line of code."""
        if rest := _REST_OF_LINE.match(text, at, len(text) - final):
            return ReadStep(rest.end(), "", "code")
        step = read_by(self._further, line, text, at, final=final, otherwise=ReadStep(at))
        if step == ReadStep(at):
            line.literal = None
            line.begin_text()
        return step


class RestOfLineReader:
    """Skips the rest of a line."""

    def read(self, line: MarkdownLine, text: str, at: int, *, final: bool) -> ReadStep:
        """Skip the text that has come."""
        rest = _REST_OF_LINE.match(text, at, len(text) - final)
        if rest is None:
            line.literal = None
            return ReadStep(at)
        return ReadStep(rest.end(), "")


def _code(line: MarkdownLine, found: Any) -> ReadStep:
    return ReadStep(found.end(), "", "code")


class HiddenReader:
    """Skips a formula or a comment, up to its closing mark."""

    def __init__(
        self,
        end: str,
        skipped: str | None = None,
        *,
        ends_at_blank: bool = False,
        is_block: bool = False,
    ) -> None:
        """Take the pattern of the closing mark.

        With `ends_at_blank` a blank line ends it, too. After a block a line may begin.
        """
        self._skipped = skipped
        self._is_block = is_block
        self._body = regex.compile(r"[^<$\\\[.+\-\u25c1\r\n]+")
        self._closing = MarkdownRule(end, self._close)
        self._leaving = (
            MarkdownRule(rf"(?>{NEWLINE})[ \t]*+(?=[\r\n])", self._leave),
        ) * ends_at_blank

    def read(self, line: MarkdownLine, text: str, at: int, *, final: bool) -> ReadStep | None:
        """Skip the text that has come."""
        body = self._body.match(text, at)
        if body:
            return ReadStep(body.end(), "", self._skipped)
        rules = (self._closing,) if final else (self._closing, *self._leaving)
        otherwise = ReadStep(at + 1, "", self._skipped)
        return read_by(rules, line, text, at, final=final, otherwise=otherwise)

    def _close(self, line: MarkdownLine, found: Any) -> ReadStep:
        line.literal = None
        if not self._is_block:
            line.begin_text()
        return ReadStep(found.end(), "", self._skipped)

    def _leave(self, line: MarkdownLine, found: Any) -> ReadStep:
        line.literal = None
        line.begin_text()
        return ReadStep(found.start())


class CodeSpanReader:
    """Reads code within a line, which is spoken as it is displayed."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._rules = (MarkdownRule(rf"`{{1,{LIMIT}}}+(?=[^`])", self._close),)

    def read(self, line: MarkdownLine, text: str, at: int, *, final: bool) -> ReadStep | None:
        """Read the code, or its closing mark."""
        code = _CODE.match(text, at, len(text) - final)
        if code:
            return ReadStep(code.end())
        if text[at] != "`":
            line.literal = None
            return ReadStep(at)
        return read_by(self._rules, line, text, at, final=final, otherwise=ReadStep(at + 1))

    def _close(self, line: MarkdownLine, found: Any) -> ReadStep:
        if found.end() - found.start() != self._size:
            return ReadStep(found.end())
        line.literal = None
        return ReadStep(found.end(), "")


class AddressReader:
    """Reads a bare URL from its host on. The host and the punctuation after the URL are spoken."""

    def __init__(self, host: int) -> None:
        self._host = host

    def read(self, line: MarkdownLine, text: str, at: int, *, final: bool) -> ReadStep | None:
        """Read the host, then skip the path that follows it."""
        if self._host:
            host, self._host = self._host, 0
            if text[at + host] not in "/?#:":
                line.literal = None
            return ReadStep(at + host)
        step = read_by(_TAIL, line, text, at, final=final, otherwise=ReadStep(at))
        if step == ReadStep(at):
            line.literal = None
        return step


_NO_PATH = r"\s<>\"`|\[\]{}\\^\u3000-\u3003\u3008-\u3011\uff01-\uff0f\uff1a-\uff20"
_STOPS = r".,;:!?'*_~"
_TAIL = (
    MarkdownRule(rf"[^{_NO_PATH}{_STOPS}()]++", drop),
    MarkdownRule(rf"[{_STOPS}]++(?=[^{_NO_PATH}{_STOPS})])", drop),
    MarkdownRule(rf"\((?:[^{_NO_PATH}()])*+\)", drop),
)
