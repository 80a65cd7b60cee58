"""What is to be spoken of a displayed text: cleaned, cut into segments, and put into words."""

from collections.abc import Iterable
from dataclasses import replace

from .passage import respeak
from .segmentation import Segment, Segmenter
from .speech_text import SpeechText, coalesce
from .verbalization import verbalize


class Script:
    """Turns text that comes in pieces into segments that an engine can speak."""

    __slots__ = ("_language", "_segmenter", "_text")

    def __init__(self, segmenter: Segmenter | None = None, language: str = "en") -> None:
        self._text = SpeechText()
        self._segmenter = segmenter or Segmenter(language)
        self._language = language

    @property
    def characters(self) -> int:
        """Return how many characters were fed."""
        return self._text.characters

    @property
    def has_pending(self) -> bool:
        """Tell whether something was fed that is in no segment yet and may have to be spoken."""
        return self._segmenter.has_pending

    def feed(self, text: str) -> list[Segment]:
        """Take more text; return the segments that it completes."""
        return self._worded(self._segmenter.feed(self._text.feed(text)))

    def pause(self) -> list[Segment]:
        """Return what is pending up to the last pause that a voice would make."""
        return self._worded(self._segmenter.pause())

    def flush(self) -> list[Segment]:
        """Return all that is pending as segments."""
        segments = self._segmenter.feed(self._text.flush())
        return self._worded(segments + self._segmenter.flush())

    def forget(self) -> None:
        """Drop what is pending."""
        self._text.flush()
        self._segmenter.forget()

    def _worded(self, segments: Iterable[Segment]) -> list[Segment]:
        return [self._word(segment) if segment.is_speakable else segment for segment in segments]

    def _word(self, segment: Segment) -> Segment:
        passage = coalesce(respeak(segment.passage, verbalize(segment.text, self._language)))
        return replace(segment, text="".join(piece.text for piece in passage), passage=passage)
