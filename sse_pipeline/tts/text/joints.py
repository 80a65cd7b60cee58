"""Finds what separates a segment from the one that is spoken before it."""

import re

from sse_pipeline.tts.text.segments import Joint
from sse_pipeline.tts.text.spoken_spans import Block, SpokenSpans

_BLANK_LINE = re.compile(r"(?:\r\n|[\n\r\v\f\x85\u2028])[ \t]*[\n\r\v\f\x85\u2028]|\u2029")
_LINE_END = re.compile(r"[\n\r\v\f\x85\u2028\u2029]")
_SENTENCE_END = re.compile(
    r"[.!?\u2026\u0589\u061f\u06d4\u0964\u0965\u104b\u1362\u17d4\u3002\uff01\uff0e\uff1f\uff61]"
)
_CLAUSE_END = re.compile(r"[,;:)\u2013\u2014\u060c\u061b\u3001\uff0c\uff1a\uff1b]")


class JointFinder:
    """Takes the spans of each segment in their order; returns the joint before it."""

    __slots__ = ("_between", "_block", "_is_begun", "_skips_block")

    def __init__(self) -> None:
        #: What follows the last letter or digit that is spoken.
        self._between = ""
        self._block: Block | None = None
        self._is_begun = False
        self._skips_block = False

    def next_joint(self, spans: SpokenSpans) -> Joint | None:
        """Return the joint; None at the start, and where a voice would make no pause."""
        text = "".join(span.text for span in spans)
        places = [place for place, character in enumerate(text) if character.isalnum()]
        if not places:
            self._between += text
            self._skips_block = self._skips_block or any(span.skipped for span in spans)
            return None
        between = self._between + text[: places[0]]
        joint = self._joint(between, _block_at(spans, places[0])) if self._is_begun else None
        self._between, self._block = text[places[-1] + 1 :], _block_at(spans, places[-1])
        self._is_begun, self._skips_block = True, False
        return joint

    def _joint(self, between: str, block: Block | None) -> Joint | None:
        is_next_line = self._skips_block or _LINE_END.search(between) is not None
        if is_next_line and "heading" in (self._block, block):
            return "heading"
        if is_next_line and block == "item":
            return "item"
        if self._skips_block or _BLANK_LINE.search(between):
            return "paragraph"
        if is_next_line or _SENTENCE_END.search(between):
            return "sentence"
        return "clause" if _CLAUSE_END.search(between) else None


def _block_at(spans: SpokenSpans, place: int) -> Block | None:
    for span in spans:
        if place < len(span.text):
            return span.block
        place -= len(span.text)
    return None
