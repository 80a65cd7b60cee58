"""Text that is not meant for people: comments, scripts, thoughts of a model, calls of tools."""

from collections.abc import Callable
from typing import Any

from sse_pipeline.tts.text.cleaning.data_readers import read_json
from sse_pipeline.tts.text.cleaning.literal_text import HiddenReader
from sse_pipeline.tts.text.cleaning.markdown_rules import (
    HIDDEN_LIMIT,
    LIMIT,
    NEWLINE,
    MarkdownLine,
    MarkdownRule,
    ReadStep,
)

THINKING, TOOLS = "thinking", "tool call"

_Action = Callable[[MarkdownLine, Any], ReadStep | None]

_INSIDE = r"""(?:\s(?:"[^"]*+"|'[^']*+'|[^<>"'])*+)?"""
_ELEMENTS = (
    "iframe|noscript|noembed|noframes|template|svg|math|object|canvas|audio|video|textarea|select"
    "|head|script|style"
)
_THOUGHTS = (
    r"(?:[a-z]{1,20}:)?(?:[a-z]{1,20}_)?(?:think|thinking|thought|thoughts|reasoning|reflection"
    r"|scratchpad|antthinking|monologue)"
)
_CALLS = (
    r"(?:[a-z]{1,20}:)?(?:[a-z]{1,20}_)?(?:tool_(?:calls?|use|results?|responses?|outputs?|code)"
    r"|tool-(?:calls?|use|results?)|function_(?:calls?|results?|responses?)|invoke)"
)
#: Marks of the formats in which models write. They stand for no words.
_TOKENS = (
    r"<\|start\|>\w*+(?=[^\w])",
    r"<\|channel\|>[ \t]*+\w++(?=[^\w])",
    r"<[|\uff5c](?!start\||channel\|)[\w\u2581 /-]{1,60}+[|\uff5c]>",
    r"\[/?(?:THINK|TOOL_CALLS|TOOL_RESULTS)\]",
    r"\u25c1/?think\u25b7",
    rf"(?i:</?(?:{_THOUGHTS}|{_CALLS}){_INSIDE}\s*+/?>)",
)
_KEY = (
    r"""(?:"(?:tool_calls?|tool_use|function_call|tool_name|tool_input|tool_use_id|action_input"""
)
_KEY += r"""|recipient_name|tool_uses|function|arguments|parameters|reasoning|reasoning_content"""
_KEY += r"""|thinking|thought|thoughts)"\s*+:"""
_KEY += r"""|"(?:name|tool|action)"\s*+:\s*+"[^"\r\n]{1,100}+"\s*+,\s*+"""
_KEY += r""""(?:arguments|parameters|args|input|kwargs|action_input|tool_input)"\s*+:"""
_KEY += r"""|"type"\s*+:\s*+"(?:function|function_call|tool_use|tool_call|tool_result|thinking"""
_KEY += r"""|reasoning)"|"id"\s*+:\s*+"(?:call|toolu)_)"""


def _gap(line: MarkdownLine, found: Any) -> ReadStep:
    return ReadStep(found.end(), line.gap)


def _if_silent(action: _Action) -> _Action:
    """Return an action that applies if thoughts and calls are not spoken."""
    return lambda line, found: None if line.speaks_thinking else action(line, found)


def _unless_mentioned(action: _Action) -> _Action:
    """Return an action that applies unless the line goes on with a sentence of the one before."""
    return lambda line, found: None if line.goes_on else action(line, found)


def _hide(end: str, skipped: str | None = None, *, is_block: bool = False) -> _Action:
    """Return an action that hides all text up to a closing mark."""

    def hide(line: MarkdownLine, found: Any) -> ReadStep:
        closing = end.replace("{name}", found["name"]) if "{name}" in end else end
        if is_block:
            line.begin_block()
        spoken = "" if is_block else line.gap
        reader = HiddenReader(closing, skipped, is_block=is_block)
        return ReadStep(found.end(), spoken, skipped, then=reader)

    return hide


def _gap_within(line: MarkdownLine, found: Any) -> ReadStep | None:
    return None if _is_spoken(line, found) else _gap(line, found)


def _hide_within(line: MarkdownLine, found: Any) -> ReadStep | None:
    if _is_spoken(line, found):
        return None
    end = rf"(?i:</{found['name']}\s*+>)" if found["name"] else "-->"
    return ReadStep(found.end(), line.gap, then=HiddenReader(end, ends_at_blank=True))


def _is_spoken(line: MarkdownLine, found: Any) -> bool:
    return line.speaks_thinking and found["model"] is not None


def _block(begin: str, end: str, skipped: str) -> MarkdownRule:
    return MarkdownRule(begin, _if_silent(_hide(end, skipped, is_block=True)))


def _blocks(names: str, skipped: str) -> MarkdownRule:
    begin = rf"(?i:<(?P<name>{names}){_INSIDE}>)(?<!/>)"
    hide = _hide(r"(?i:</{name}\s*+>)", skipped, is_block=True)
    return MarkdownRule(begin, _if_silent(_unless_mentioned(hide)))


def _json(line: MarkdownLine, found: Any) -> ReadStep:
    return read_json(found, TOOLS if line.is_start else None)


def _json_after(line: MarkdownLine, found: Any) -> ReadStep:
    return read_json(found, TOOLS)._replace(end=found.end(), spoken="", skipped=TOOLS)


JSON = (MarkdownRule(rf"(?:\[\s*+)?\{{\s*+{_KEY}", _if_silent(_json)),)
#: At the start of a line these go on to their end, however far it is.
AT_START = {
    "<": (
        MarkdownRule(
            rf"(?i:<(?P<name>script|style){_INSIDE}>)(?<!/>)",
            _hide(r"(?i:</{name}\s*+>)", is_block=True),
        ),
        _blocks(_THOUGHTS, THINKING),
        _blocks(_CALLS, TOOLS),
        _block(r"<function=[^<>\s]{1,100}+>", "</function>", TOOLS),
        _block(
            r"<\|channel\|>[ \t]*+(?:analysis|commentary)"
            r"(?:[^<>]|<\|constrain\|>){0,200}+<\|message\|>",
            r"<\|(?:end|return|call)\|>",
            THINKING,
        ),
        _block(r"<\|START_THINKING\|>", r"<\|END_THINKING\|>", THINKING),
        _block(r"<\|START_ACTION\|>", r"<\|END_ACTION\|>", TOOLS),
        _block(r"<\|begin_of_thought\|>", r"<\|end_of_thought\|>", THINKING),
        _block(r"<\|tool_calls_section_begin\|>", r"<\|tool_calls_section_end\|>", TOOLS),
        _block(r"<\|tool_call_begin\|>", r"<\|tool_call_end\|>", TOOLS),
        _block(
            r"<\uff5ctool\u2581(?:calls|outputs)\u2581begin\uff5c>",
            r"<\uff5ctool\u2581(?:calls|outputs)\u2581end\uff5c>",
            TOOLS,
        ),
        _block(r"<\|python_tag\|>", r"<\|(?:eom_id|eot_id)\|>", TOOLS),
    ),
    "[": (
        _block(r"\[THINK\]", r"\[/THINK\]", THINKING),
        MarkdownRule(
            r"\[TOOL_CALLS\][ \t]*+(?:[\w.-]{1,100}+(?:\[ARGS\])?)?(?=[\[{])",
            _if_silent(_json_after),
        ),
        *JSON,
    ),
    "\u25c1": (_block("\u25c1think\u25b7", "\u25c1/think\u25b7", THINKING),),
    "{": JSON,
}
_NAMES = rf"(?P<name>{_ELEMENTS}|(?P<model>{_THOUGHTS}|{_CALLS}))"
_BEGIN = rf"<(?:!--|(?i:{_NAMES}){_INSIDE}>(?<!/>))"
_END = r"(?(name)(?i:</(?P=name)\s*+>)|-->)"
_BLANK_LINE = rf"(?>{NEWLINE})[ \t]*+(?=[\r\n])"
_TOKEN = (MarkdownRule("|".join(_TOKENS), _if_silent(_gap)),)
#: Within a line the end is awaited for a while. If it does not come, all that follows the first
#: blank line is spoken.
WITHIN = {
    "<": (
        MarkdownRule(rf"{_BEGIN}(?s:.*?){_END}", _gap_within, HIDDEN_LIMIT),
        MarkdownRule(rf"{_BEGIN}(?=(?s:.{{{HIDDEN_LIMIT}}}))", _hide_within, HIDDEN_LIMIT + LIMIT),
        MarkdownRule(rf"{_BEGIN}(?s:.*?)(?:(?={_BLANK_LINE})|\Z)", _gap_within, HIDDEN_LIMIT),
        *_TOKEN,
    ),
    "[": (*_TOKEN, *JSON),
    "\u25c1": _TOKEN,
    "{": JSON,
}
