"""The counts of the segments of one speech, by their ends."""

from collections import Counter
from dataclasses import replace
from typing import get_args

from sse_pipeline.tts.results import (
    AudioChunk,
    SegmentOutcome,
    SegmentStatus,
    SpeechResult,
    SpeechStatus,
)


class SpeechLedger:
    """Counts the segments, characters and audio that the callbacks received."""

    __slots__ = ("_characters", "_counts", "_muted", "_segment_ms", "_total_ms", "first_failure")

    def __init__(self) -> None:
        #: Why the first segment failed, or None.
        self.first_failure: str | None = None
        self._counts: Counter[SegmentStatus] = Counter()
        self._characters: Counter[SegmentStatus] = Counter()
        self._muted = 0
        self._segment_ms = 0.0
        self._total_ms = 0.0

    def add_chunk(self, chunk: AudioChunk) -> None:
        """Count audio that was handed over."""
        self._segment_ms += chunk.duration_ms
        self._total_ms = chunk.start_ms + chunk.duration_ms

    def add_outcome(self, outcome: SegmentOutcome, *, was_refused: bool = False) -> SegmentOutcome:
        """Count a segment that ended; return its outcome with the length of its audio.

        `was_refused` means that it was skipped because the engine was not asked.
        """
        self._counts[outcome.status] += 1
        self._characters[outcome.status] += outcome.end - outcome.begin
        self._muted += was_refused
        if (was_refused or outcome.status == "failed") and self.first_failure is None:
            self.first_failure = outcome.reason
        heard, self._segment_ms = self._segment_ms, 0.0
        return replace(outcome, duration_ms=heard)

    @property
    def has_only_failed(self) -> bool:
        """Whether segments could not be spoken, and none was heard to its end."""
        return self.first_failure is not None and self._counts["audio"] == 0

    def result(self, status: SpeechStatus, characters_in: int) -> SpeechResult:
        """Return the sums as the result of the speech."""
        return SpeechResult(
            status=status,
            reason=self.first_failure if status == "failed" else None,
            segments={each: self._counts[each] for each in get_args(SegmentStatus)},
            characters_in=characters_in,
            characters_spoken=self._characters["audio"],
            characters_skipped=self._characters["skipped"],
            duration_ms=self._total_ms,
            muted=self._muted,
        )
