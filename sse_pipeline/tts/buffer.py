"""The text and the audio of one speech, from the first token to the last callback."""

from collections import deque

from transitions import MachineError

from .events import AudioChunk, Handout, SegmentOutcome, SpeechResult, SpeechStatus
from .exceptions import SpeechEnded
from .ledger import Ledger
from .segmentation import Segment, Segmenter
from .states import CANCELLED, COMPLETED, FAILED, MACHINE, OPEN, REVIEWED, State

_STATUS: dict[State, SpeechStatus] = {
    COMPLETED: "completed",
    FAILED: "failed",
    CANCELLED: "cancelled",
}


class TTSBuffer:
    """Holds one unbroken input from its first text to the last audio handed over.

    It is complete when, and only when: the input has ended, no text is pending, every segment is
    settled and everything was handed over. A flush is done when the segments are settled that it
    forced. A segment settles when its outcome is taken, so what was dropped never counts as heard.

    Pure, and not thread-safe: one lock goes around it.
    """

    __slots__ = (
        "_in_hand",
        "_ledger",
        "_outbox",
        "_segmenter",
        "_unspoken",
        "_waiting",
        "audio_bytes",
        "state",
    )

    def __init__(self, segmenter: Segmenter | None = None) -> None:
        self.state: State = OPEN
        #: Audio that waits to be handed over, in bytes.
        self.audio_bytes = 0
        self._segmenter = segmenter or Segmenter()
        self._ledger = Ledger()
        self._waiting: deque[Segment] = deque()
        self._unspoken: set[int] = set()
        self._outbox: deque[Handout] = deque()
        self._in_hand: Handout | None = None

    def feed(self, text: str) -> None:
        """Take text; ignore it once cancelled.

        Raises:
            SpeechEnded: The input has ended.
        """
        if not self._trigger("feed", text):
            raise SpeechEnded("The input of this speech has ended: no text can follow.")

    def flush(self) -> None:
        """Make segments of the text that is pending."""
        self._trigger("flush")

    def end_input(self) -> None:
        """Say that no more text comes."""
        self._trigger("end_input")

    def cancel(self) -> bool:
        """Drop all that was not handed over; return False if it was over or cancelled before."""
        return self._trigger("cancel")

    def next_segment(self) -> Segment | None:
        """Give the engine the next segment, if there is one."""
        return self._waiting.popleft() if self._waiting else None

    def put(self, handout: Handout) -> None:
        """Take what an engine made of a segment, its outcome last; ignore it once that is in."""
        if handout.segment not in self._unspoken:
            return
        self._outbox.append(handout)
        if isinstance(handout, AudioChunk):
            self.audio_bytes += len(handout.audio)
        if isinstance(handout, SegmentOutcome):
            self._unspoken.remove(handout.segment)
            self._review()

    def take(self) -> Handout | None:
        """Give the next thing to hand over, if there is one; `handed_over()` must follow."""
        if not self._outbox:
            return None
        handout = self._outbox.popleft()
        if isinstance(handout, SegmentOutcome):
            handout = self._ledger.settle(handout)
        self._in_hand = handout
        return handout

    def handed_over(self) -> None:
        """Say that the callbacks have had what was taken."""
        handout, self._in_hand = self._in_hand, None
        if isinstance(handout, AudioChunk):
            self.audio_bytes -= len(handout.audio)
            self._ledger.hear(handout)
        self._review()

    @property
    def has_work(self) -> bool:
        """Tell whether a segment waits for the engine."""
        return bool(self._waiting)

    @property
    def is_idle(self) -> bool:
        """Tell whether there is nothing to do until text comes."""
        return self.state == OPEN and not self._waiting

    @property
    def is_over(self) -> bool:
        """Tell whether it has ended."""
        return self.state in _STATUS

    @property
    def result(self) -> SpeechResult | None:
        """Return how it ended, or None before the end."""
        status = _STATUS.get(self.state)
        return self._ledger.result(status, self._segmenter.characters) if status else None

    def is_spoken(self) -> bool:
        """Tell whether the engine is done with every segment."""
        return not self._unspoken

    def is_handed_over(self) -> bool:
        """Tell whether every segment is settled and nothing is left to hand over."""
        return not (self._ledger.unsettled or self._outbox or self._in_hand)

    def has_only_failed(self) -> bool:
        """Tell whether segments failed and none was heard."""
        return self._ledger.has_only_failed

    def take_text(self, text: str) -> None:
        """Cut the text into segments."""
        self._open(self._segmenter.feed(text))

    def force_text(self) -> None:
        """Cut what is pending."""
        self._open(self._segmenter.flush())

    def drop_all(self) -> None:
        """Settle all that was not heard to its end as cancelled."""
        self._segmenter.forget()
        self._waiting.clear()
        self._unspoken.clear()
        self._outbox.clear()
        self.audio_bytes = len(self._in_hand.audio) if isinstance(self._in_hand, AudioChunk) else 0
        self._outbox.extend(
            SegmentOutcome(segment.number, "cancelled", segment.begin, segment.end)
            for segment in self._ledger.unsettled.values()
        )

    def _open(self, segments: list[Segment]) -> None:
        self._ledger.open(segments)
        self._waiting.extend(segments)
        self._unspoken.update(segment.number for segment in segments)

    def _trigger(self, name: str, *args: str) -> bool:
        try:
            taken: bool = MACHINE.events[name].trigger(self, *args)
        except MachineError:
            return False
        self._review()
        return taken

    def _review(self) -> None:
        while self.state in REVIEWED and MACHINE.events["review"].trigger(self):
            pass
