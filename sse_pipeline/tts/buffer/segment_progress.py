"""One segment on its way through the engine to the callbacks."""

from collections import deque
from dataclasses import dataclass, field

from sse_pipeline.tts.engine_protocol import Audio, EngineOutput
from sse_pipeline.tts.results import SegmentOutcome, SegmentStatus
from sse_pipeline.tts.text.segments import Segment


@dataclass(slots=True)
class SegmentProgress:
    """The progress of a segment, and the output of the engine that was not handed over yet.

    Times are seconds. A time is None if the segment has not come so far.
    """

    segment: Segment
    cut_at: float
    is_in_flight: bool = False
    #: Whether it is skipped because no voice can say it.
    is_unspeakable: bool = False
    begun_at: float | None = None
    sounded_at: float | None = None
    settled_at: float | None = None
    #: Whether the rest of its sound was given to the callbacks.
    is_sent: bool = False
    status: SegmentStatus | None = None
    reason: str | None = None
    outputs: deque[EngineOutput] = field(default_factory=deque)

    def add(self, output: EngineOutput, now: float) -> None:
        """Take output of the engine."""
        self.outputs.append(output)
        if isinstance(output, Audio) and output.pcm and self.sounded_at is None:
            self.sounded_at = now

    def settle(self, status: SegmentStatus, reason: str | None, now: float) -> None:
        """Set how the segment ended."""
        self.status, self.reason, self.settled_at = status, reason, now

    def cancel(self, now: float) -> None:
        """Settle the segment as cancelled, and drop the output that was not handed over."""
        self.outputs.clear()
        self.settle("cancelled", None, now)

    @property
    def needs_end(self) -> bool:
        """Whether it is settled, and the rest of its sound has to be given to the callbacks."""
        return self.status not in (None, "cancelled") and not self.is_sent

    @property
    def was_refused(self) -> bool:
        """Whether it was skipped although a voice can say it."""
        return self.status == "skipped" and self.segment.is_speakable and not self.is_unspeakable

    def outcome(self) -> SegmentOutcome:
        """Return how the segment ended. It must be settled."""
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

    def description(self) -> str:
        """Return in a few words what the segment waits for."""
        if self.begun_at is None and self.status is None:
            return "waiting for the engine"
        if self.sounded_at is None and self.status is None:
            return "waiting for its first audio"
        return "speaking"


def _ms(begun: float | None, ended: float | None) -> float | None:
    return None if begun is None or ended is None else (ended - begun) * 1000
