"""What became of the segments of one speech."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import get_args

from .events import AudioChunk, SegmentOutcome, SegmentStatus, SpeechResult, SpeechStatus
from .segmentation import Segment


class Ledger:
    """Counts segments, characters and audio; pure."""

    __slots__ = ("_characters", "_counts", "_durations", "_total_ms", "first_failure", "unsettled")

    def __init__(self) -> None:
        #: The segments that were opened and have not settled, by number.
        self.unsettled: dict[int, Segment] = {}
        #: Why the first failed segment did, if one has.
        self.first_failure: str | None = None
        self._durations: dict[int, float] = {}
        self._counts: Counter[SegmentStatus] = Counter()
        self._characters = 0
        self._total_ms = 0.0

    def open(self, segments: Iterable[Segment]) -> None:
        """Enter segments that are to be spoken."""
        self.unsettled.update((segment.number, segment) for segment in segments)

    def hear(self, chunk: AudioChunk) -> None:
        """Count audio that was handed over."""
        heard = self._durations.get(chunk.segment, 0.0)
        self._durations[chunk.segment] = heard + chunk.duration_ms
        self._total_ms = chunk.start_ms + chunk.duration_ms

    def settle(self, outcome: SegmentOutcome) -> SegmentOutcome:
        """Close a segment, once; return the outcome with the audio that was heard of it."""
        segment = self.unsettled.pop(outcome.segment)
        self._counts[outcome.status] += 1
        if outcome.status == "audio":
            self._characters += len(segment.text)
        if outcome.status == "failed" and self.first_failure is None:
            self.first_failure = outcome.reason
        return replace(outcome, duration_ms=self._durations.pop(outcome.segment, 0.0))

    @property
    def has_only_failed(self) -> bool:
        """Tell whether segments failed and none was heard to its end."""
        return self._counts["failed"] > 0 and self._counts["audio"] == 0

    def result(self, status: SpeechStatus, characters_in: int) -> SpeechResult:
        """Sum up."""
        return SpeechResult(
            status=status,
            reason=self.first_failure if status == "failed" else None,
            segments={each: self._counts[each] for each in get_args(SegmentStatus)},
            characters_in=characters_in,
            characters_spoken=self._characters,
            duration_ms=self._total_ms,
        )
