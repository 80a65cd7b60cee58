"""The whole way from displayed text to segments: clean, cut, write out."""

from collections.abc import Iterable
from dataclasses import replace
from functools import partial

from sse_pipeline.tts.text.cleaning import MarkdownCleaner
from sse_pipeline.tts.text.formulas import read_formula
from sse_pipeline.tts.text.segmenter import Segmenter
from sse_pipeline.tts.text.segments import Segment
from sse_pipeline.tts.text.spoken_spans import join_spans, replace_spoken
from sse_pipeline.tts.text.verbalization import verbalize


class TextPipeline:
    """Turns displayed text, which comes in chunks, into segments that an engine can speak."""

    __slots__ = ("_cleaner", "_language", "_segmenter")

    def __init__(
        self,
        segmenter: Segmenter | None = None,
        language: str = "en",
        *,
        speaks_thinking: bool = False,
        speaks_formulas: bool = True,
    ) -> None:
        self._cleaner = MarkdownCleaner(
            speaks_thinking=speaks_thinking,
            read_formula=partial(read_formula, language=language) if speaks_formulas else _silent,
        )
        self._segmenter = segmenter or Segmenter(language)
        self._language = language

    @property
    def characters(self) -> int:
        """The number of characters that were fed."""
        return self._cleaner.characters

    @property
    def has_pending(self) -> bool:
        """Whether text is in no segment yet and may have to be spoken."""
        return self._segmenter.has_pending

    def feed(self, text: str) -> list[Segment]:
        """Take more text; return the segments that it completes."""
        return self._verbalized(self._segmenter.feed(self._cleaner.feed(text)))

    def flush_to_pause(self) -> list[Segment]:
        """Return the pending text up to the last pause that a voice would make."""
        return self._verbalized(self._segmenter.flush_to_pause())

    def flush(self) -> list[Segment]:
        """Return all pending text as segments."""
        segments = self._segmenter.feed(self._cleaner.flush())
        return self._verbalized(segments + self._segmenter.flush())

    def discard(self) -> None:
        """Drop the pending text. It still counts as fed."""
        self._cleaner.flush()
        self._segmenter.discard()

    def _verbalized(self, segments: Iterable[Segment]) -> list[Segment]:
        return [
            self._verbalize(segment) if segment.is_speakable else segment for segment in segments
        ]

    def _verbalize(self, segment: Segment) -> Segment:
        replacements = verbalize(segment.text, self._language)
        spans = join_spans(replace_spoken(segment.spans, replacements))
        return replace(segment, text="".join(span.text for span in spans), spans=spans)


def _silent(tex: str) -> None:
    """Speak no formula."""
