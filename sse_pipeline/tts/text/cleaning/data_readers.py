"""Readers for data of any length that nobody wants to hear: targets of links, tags, JSON."""

from typing import Any

import regex

from sse_pipeline.tts.text.cleaning.markdown_rules import (
    NEWLINE,
    MarkdownLine,
    MarkdownRule,
    ReadStep,
    drop,
    read_by,
)

TITLE = r"""(?:"[^"\r\n]*+"|'[^'\r\n]*+'|\([^()\r\n]*+\))"""
#: Blanks between two parts of a construct: they may hold one line end.
BLANKS = rf"[ \t]*+(?:(?:{NEWLINE})[ \t]*+)?"

_TARGET = regex.compile(r"[^\s()]+")
_TARGET_END = (MarkdownRule(rf"{BLANKS}{TITLE}?{BLANKS}\)", drop),)
_BLANK_LINE = (MarkdownRule(rf"(?>{NEWLINE})[ \t]*+(?=[\r\n])", drop),)
_WORD = regex.compile(r"[^\s\"'<>()\[\]{}`]+")


def _leave(line: MarkdownLine, at: int) -> ReadStep:
    line.literal = None
    return ReadStep(at)


class TargetReader:
    """Skips the target of a link, up to its closing bracket or a blank."""

    def __init__(self) -> None:
        self._open = 0

    def read(self, line: MarkdownLine, text: str, at: int, *, final: bool) -> ReadStep | None:
        """Skip the text that has come."""
        if run := _TARGET.match(text, at, len(text) - final):
            return ReadStep(run.end(), "")
        if text[at] not in "()":
            step = read_by(_TARGET_END, line, text, at, final=final, otherwise=ReadStep(at))
            line.literal = line.literal if step is None else None
            return step
        self._open += 1 if text[at] == "(" else -1
        if self._open < 0:
            line.literal = None
        return ReadStep(at + 1, "")


class TagReader:
    """Skips an HTML tag, up to its ">" or a blank line."""

    def __init__(self) -> None:
        self._quote = ""

    def read(self, line: MarkdownLine, text: str, at: int, *, final: bool) -> ReadStep | None:
        """Skip the text that has come."""
        for end in range(at, len(text) - final):
            if text[end] in "\r\n":
                return self._read_newline(line, text, at, end, final=final)
            if text[end] == ">" and not self._quote:
                line.literal = None
                return ReadStep(end + 1, "")
            if text[end] == self._quote:
                self._quote = ""
            elif text[end] in "\"'" and not self._quote:
                self._quote = text[end]
        return ReadStep(len(text), "")

    def _read_newline(
        self, line: MarkdownLine, text: str, at: int, end: int, *, final: bool
    ) -> ReadStep | None:
        if end > at:
            return ReadStep(end, "")
        otherwise = ReadStep(at + 1, "")
        step = read_by(_BLANK_LINE, line, text, at, final=final, otherwise=otherwise)
        return _leave(line, at) if step not in (None, otherwise) else step


class DataReader:
    """Skips an address that holds its data, up to a blank or a quotation mark."""

    def read(self, line: MarkdownLine, text: str, at: int, *, final: bool) -> ReadStep:
        """Skip the text that has come."""
        word = _WORD.match(text, at, len(text) - final)
        return ReadStep(word.end(), "") if word else _leave(line, at)


class JsonReader:
    """Skips a JSON value from its opening bracket on, up to the closing one or a blank line."""

    def __init__(self, skipped: str | None) -> None:
        self._skipped = skipped
        self._open = 0
        self._is_string = self._is_escaped = self._is_new_line = False

    def read(self, line: MarkdownLine, text: str, at: int, *, final: bool) -> ReadStep:
        """Skip the text that has come."""
        for end in range(at, len(text) - final):
            if self._is_blank_line(text[end]):
                line.literal = None
                line.end()
                return ReadStep(end, "", self._skipped)
            self._take(text[end])
            if not self._open:
                line.literal = None
                line.begin_text()
                return ReadStep(end + 1, "", self._skipped)
        return ReadStep(len(text), "", self._skipped)

    def _is_blank_line(self, character: str) -> bool:
        if character not in "\n\r":
            self._is_new_line = self._is_new_line and character in " \t"
            return False
        was, self._is_new_line = self._is_new_line, character == "\n"
        return was

    def _take(self, character: str) -> None:
        if character in "\n\r":  # no string of JSON has one (RFC 8259, section 7): it was cut off
            self._is_string = self._is_escaped = False
        elif self._is_escaped:
            self._is_escaped = False
        elif self._is_string:
            self._is_escaped = character == "\\"
            self._is_string = character != '"'
        elif character == '"':
            self._is_string = True
        elif character in "{[":
            self._open += 1
        elif character in "}]":
            self._open -= 1


def read_json(found: Any, skipped: str | None) -> ReadStep:
    """Return the step that enters a JSON value."""
    return ReadStep(found.start(), then=JsonReader(skipped))
