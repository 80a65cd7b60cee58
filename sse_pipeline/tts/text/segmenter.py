"""Cuts the spoken text, which comes in spans, into segments.

The segments depend on the text alone, not on the chunks in which it came. Joined, they are the
text.
"""

import re
from collections.abc import Iterable, Iterator

import sentencex

from sse_pipeline.tts.text.joints import JointFinder
from sse_pipeline.tts.text.segments import Segment
from sse_pipeline.tts.text.sentence_ends import (
    SplitSentences,
    best_break,
    first_clause_end,
    opening_length,
    pauses,
    split_sentences,
)
from sse_pipeline.tts.text.spoken_spans import SpokenSpan, SpokenSpans, join_spans, split_spans
from sse_pipeline.tts.text.verbalization import continues_sentence, may_continue
from sse_pipeline.tts.text.wrapped_lines import goes_on, may_be_wrapped

#: A sentence has ended when this many characters follow it: "3." may become "3.50".
LOOKAHEAD = 3
#: Up to this length the splitter is asked at the end of each word. Then it is asked each time that
#: the text has grown by one part in so many: it reads all of the text, so the work would grow with
#: the square of the length.
CLOSELY, PARTS = 300, 16

_NEWLINES = frozenset("\n\v\f\x85\u2028\u2029")
_LINE_END = re.compile(r"[\r\n]")
_SUBTAG = re.compile(r"[-_]")


class Segmenter:
    """Cuts at the ends of sentences and lines, and where `max_characters` is exceeded.

    Sentences are joined until they have `min_characters`. With `fast_start` the first segment may
    be shorter, and may end at a clause. A block that is not spoken is a segment by itself. Blanks
    before a sentence belong to its segment. Lengths are those of the spoken text.

    `splitter` splits a text into sentences, as `sentencex.segment` does.
    """

    __slots__ = (
        "_asks_at",
        "_column",
        "_is_first",
        "_joints",
        "_language",
        "_line_end",
        "_line_span",
        "_max_characters",
        "_min_characters",
        "_number",
        "_pending",
        "_spans",
        "_splitter",
    )

    def __init__(
        self,
        language: str = "en",
        max_characters: int = 300,
        min_characters: int = 0,
        fast_start: bool = False,
        *,
        splitter: SplitSentences = sentencex.segment,
    ) -> None:
        self._language = _SUBTAG.split(language)[0].casefold()
        self._max_characters = max_characters
        self._min_characters = min_characters
        self._is_first = fast_start
        self._splitter = splitter
        # `_pending` is the joined text of `_spans`.
        self._spans: list[SpokenSpan] = []
        self._pending = ""
        #: The length from which on the splitter is asked again.
        self._asks_at = 0
        self._number = 0
        self._joints = JointFinder()
        #: The length of the line so far. Its first sentences may be cut off already.
        self._column = 0
        #: Where the line before ended, if it may go on, and the place of its span; 0 if not.
        self._line_end = 0
        self._line_span = 0

    def feed(self, spans: Iterable[SpokenSpan]) -> list[Segment]:
        """Take more spoken text; return the segments that it completes."""
        return [segment for span in spans for segment in self._take(span)]

    def flush(self) -> list[Segment]:
        """Return all pending text as segments, whether or not a sentence ends there."""
        size = len(self._pending)
        ends = self._joined([end for end in self._sentence_ends(size) if end < size])
        segments = [self._cut(end) for end in ends]
        if self._spans:
            segments.append(self._segment(tuple(self._spans)))
            self.discard()
        return segments

    def flush_to_pause(self) -> list[Segment]:
        """Return the pending text up to the last pause that a voice would make.

        The end of a line is one, though the next line might have gone on.
        """
        if self._line_end:
            return self._cut_sentences(self._line_end, at_line_end=True)
        for end in pauses(self._pending):
            if not may_continue(self._pending[:end], self._language):
                return [self._cut(end)]
        return []

    def discard(self) -> None:
        """Drop the pending text."""
        self._spans.clear()
        self._pending = ""
        self._asks_at = self._line_end = 0

    @property
    def has_pending(self) -> bool:
        """Whether there is pending text that may have to be spoken."""
        return bool(self._pending)

    def _take(self, span: SpokenSpan) -> Iterator[Segment]:
        if self._spans and span.skipped != self._spans[-1].skipped:
            yield from self.flush()
        self._spans.append(span)
        for character in span.text:
            yield from self._add(character)

    def _add(self, character: str) -> Iterator[Segment]:
        # A lone "\r" ends a line, "\r\n" is one line end: that is known with the next character.
        if character != "\n" and self._pending.endswith("\r"):
            yield from self._cut_sentences(len(self._pending), at_line_end=True)
        if self._line_end and character not in " \t":
            yield from self._begin_line(character)
        self._pending += character
        if len(self._pending) > self._max_characters:
            if self._asks_at:  # a sentence may have ended since the splitter was asked
                yield from self._cut_sentences(len(self._pending) - LOOKAHEAD)
            if len(self._pending) > self._max_characters:
                yield self._cut(best_break(self._pending, self._max_characters))
        if self._is_first and (end := first_clause_end(self._pending)):
            yield self._cut(end)
        column, self._column = self._column, 0 if character in _NEWLINES else self._column + 1
        if character == "\n" and may_be_wrapped(self._pending, column, self._spans):
            self._line_end, self._line_span = len(self._pending), len(self._spans) - 1
        elif character in _NEWLINES:
            yield from self._cut_sentences(len(self._pending), at_line_end=True)
        elif self._asks():
            yield from self._cut_sentences(len(self._pending) - LOOKAHEAD)

    def _asks(self) -> bool:
        """Return whether to ask the splitter now. No sentence ends right after a letter."""
        size = len(self._pending)
        if size < self._asks_at or self._pending[-LOOKAHEAD - 1 : -LOOKAHEAD].isalnum():
            return False
        self._asks_at = size + size // PARTS if size > CLOSELY else 0
        return True

    def _begin_line(self, character: str) -> list[Segment]:
        """Cut where the line before ended, unless it goes on with this character."""
        end, self._line_end = self._line_end, 0
        ended, *since = self._spans[self._line_span :]
        if goes_on(character, ended, since):
            return []
        return self._cut_sentences(end, at_line_end=True)

    def _cut_sentences(self, limit: int, *, at_line_end: bool = False) -> list[Segment]:
        ends = self._joined(self._sentence_ends(limit), limit if at_line_end else None)
        return [self._cut(end) for end in ends]

    def _sentence_ends(self, limit: int) -> list[int]:
        """Return the ends of the pending sentences up to `limit`. Blanks are not a sentence."""
        text = self._pending.lstrip()
        end = len(self._pending) - len(text)
        ends = []
        plain = _LINE_END.sub(" ", text)
        for sentence in split_sentences(self._language, plain, self._splitter):
            end += len(sentence)
            here = end - opening_length(sentence)
            if here <= limit and not sentence.isspace() and not self._goes_on(here):
                ends.append(here)
        return ends

    def _goes_on(self, end: int) -> bool:
        return continues_sentence(self._pending[:end], self._pending[end:], self._language)

    def _joined(self, ends: list[int], line_end: int | None = None) -> list[int]:
        """Join sentences that are too short; return the lengths to cut off one after the other."""
        start = 0
        lengths: list[int] = []
        for end in ends:
            least = 0 if self._is_first and not lengths else self._min_characters
            if end == line_end or len(self._pending[start:end].strip()) >= least:
                lengths.append(end - start)
                start = end
        return lengths

    def _cut(self, length: int) -> Segment:
        spans, rest = split_spans(self._spans, length)
        self._line_end = max(0, self._line_end - length)
        self._line_span = max(0, self._line_span - len(self._spans) + len(rest))
        self._spans = [*rest]
        self._pending = self._pending[length:]
        self._asks_at = 0
        return self._segment(spans)

    def _segment(self, spans: SpokenSpans) -> Segment:
        self._number += 1
        text = "".join(span.text for span in spans)
        joint = self._joints.next_joint(spans)
        segment = Segment(self._number, text, spans[0].begin, join_spans(spans), joint)
        self._is_first = self._is_first and not segment.is_speakable
        return segment
