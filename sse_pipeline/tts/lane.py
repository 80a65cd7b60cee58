"""One segment on its way through the engine to the callbacks."""

from collections import deque
from dataclasses import dataclass, field

from .engine import Audio, Words
from .events import SegmentOutcome, SegmentStatus
from .segmentation import Segment


@dataclass(slots=True)
class Lane:
    """What an engine made of a segment and was not handed over, and how far it has come.

    Times are seconds; None where it has not come so far.
    """

    segment: Segment
    cut_at: float
    begun_at: float | None = None
    sounded_at: float | None = None
    settled_at: float | None = None
    status: SegmentStatus | None = None
    reason: str | None = None
    pieces: deque[Audio | Words] = field(default_factory=deque)

    def put(self, piece: Audio | Words, now: float) -> None:
        """Take what an engine made."""
        self.pieces.append(piece)
        if isinstance(piece, Audio) and piece.pcm and self.sounded_at is None:
            self.sounded_at = now

    def settle(self, status: SegmentStatus, reason: str | None, now: float) -> None:
        """Say how it ended."""
        self.status, self.reason, self.settled_at = status, reason, now

    def drop(self, now: float) -> None:
        """Cancel it, and forget what was not handed over."""
        self.pieces.clear()
        self.settle("cancelled", None, now)

    def outcome(self) -> SegmentOutcome:
        """Return how it ended, once it has."""
        assert self.status is not None
        return SegmentOutcome(
            self.segment.number,
            self.status,
            self.segment.begin,
            self.segment.end,
            reason=self.reason,
            queued_ms=_ms(self.cut_at, self.begun_at),
            first_audio_ms=_ms(self.begun_at, self.sounded_at),
            synthesis_ms=_ms(self.begun_at, self.settled_at),
        )

    def stage(self) -> str:
        """Say in a few words what the segment waits for."""
        if self.begun_at is None and self.status is None:
            return "waiting for the engine"
        if self.sounded_at is None and self.status is None:
            return "waiting for its first audio"
        return "speaking"


def _ms(begun: float | None, ended: float | None) -> float | None:
    return None if begun is None or ended is None else (ended - begun) * 1000
