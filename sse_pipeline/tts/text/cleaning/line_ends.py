"""The end of a line. Within a paragraph it is a blank, since a writer may wrap lines anywhere."""

from typing import Any

from sse_pipeline.tts.text.cleaning.markdown_rules import (
    NEWLINE,
    MarkdownLine,
    MarkdownRule,
    ReadStep,
    read_by,
)

#: A shorter line was ended on purpose if it ends with a sentence or if a capital letter follows: a
#: verse, an address.
_WRAPPED = 40
_STOPS = ".!?:;\u2026\u3002\uff01\uff1f"
#: The scripts that put no blank between words.
_WITHOUT_BLANKS = r"\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef"
#: The beginning of a line that begins no other block.
_TEXT = (
    r"[^\W\d_]|[0-9]{1,9}+[^0-9.)]|[0-9]{1,9}+[.)](?=[^ \t])|[0-9]{10}"
    r"|[^\w\s\x00-\x7f\u2022\u25e6\u2023"
    r"\u25aa]|[\"'(,;.!?%&/@]|\*{1,3}+(?=[^\s*])|_{1,3}+(?=[^\s_])|`{1,2}+(?=[^`])|\$(?=[^$])"
    r"|\[[^\[\]\r\n]{1,100}+\](?=[^:])"
)


def read_line_end(line: MarkdownLine, text: str, at: int, *, final: bool) -> ReadStep | None:
    """Read the end of a line. Within a paragraph it is awaited how the next line begins."""
    is_broken = text[max(at - 2, 0) : at] == "  " or text[max(at - 1, 0) : at] == "\\"
    is_text = not (line.is_alone or line.is_blank or is_broken)
    rules = _RULES if is_text else _RULES[1:]
    return read_by(rules, line, text, at, final=final, otherwise=ReadStep(at + 1))


def _wrapped(line: MarkdownLine, found: Any) -> ReadStep | None:
    first = found["first"]
    is_verse = first.isupper() or not first.isalnum() or line.last in _STOPS
    if is_verse and line.length < _WRAPPED:
        return None
    joint = "" if found["joined"] is not None else " "
    line.end()
    return ReadStep(found.end(), joint)


def _newline(line: MarkdownLine, found: Any) -> ReadStep:
    line.end()
    return ReadStep(found.end())


_RULES = (
    MarkdownRule(
        rf"(?P<joined>(?<=[{_WITHOUT_BLANKS}])(?:{NEWLINE})(?=[{_WITHOUT_BLANKS}]))?+"
        rf"(?:(?<=[\r\n])|(?>{NEWLINE}))(?=[ \t]*+(?P<first>{_TEXT}))",
        _wrapped,
    ),
    MarkdownRule(NEWLINE, _newline),
)
