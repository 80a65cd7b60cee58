"""The text and the audio of one speech, from the first token to the last callback."""

import time
from collections import deque
from collections.abc import Callable, Iterable

from transitions import MachineError

from .engine import Audio, Words
from .events import (
    AudioChunk,
    Handout,
    SegmentNote,
    SegmentOutcome,
    SegmentStatus,
    SpeechResult,
    SpeechStatus,
)
from .exceptions import SpeechEnded
from .lane import Lane
from .ledger import Ledger
from .script import Script
from .segmentation import Segment
from .states import CANCELLED, CANCELLING, COMPLETED, FAILED, MACHINE, OPEN, REVIEWED, State
from .timeline import Timeline

#: A segment is begun when less audio than this waits to be handed over, in bytes.
ROOM_BYTES = 256 * 1024

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

    At most `in_flight` segments are at the engine at a time. They are handed over in the order of
    the text: the first as it comes, the others when their turn has come.

    Pure, and not thread-safe: one lock goes around it.
    """

    def __init__(
        self,
        script: Script | None = None,
        timeline: Timeline | None = None,
        in_flight: int = 1,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.state: State = OPEN
        self._script = script or Script()
        self._timeline = timeline or Timeline(0)
        self._in_flight = in_flight
        self._clock = clock
        self._ledger = Ledger()
        self._waiting: deque[Segment] = deque()
        self._lanes: dict[int, Lane] = {}
        self._unspoken = 0
        self._flying = 0
        self._outbox: deque[Handout] = deque()
        self._in_hand: Handout | None = None
        self._audio_bytes = 0
        self._noted: SegmentNote | None = None

    # What the producer of the text calls

    def feed(self, text: str) -> None:
        """Take text; ignore it once cancelled.

        Raises:
            SpeechEnded: The input has ended.
        """
        if not self._trigger("feed", text):
            raise SpeechEnded("The input of this speech has ended: no text can follow.")

    def pause(self) -> None:
        """Make a segment of what is pending up to the last pause that a voice would make."""
        self._trigger("pause")

    def flush(self) -> None:
        """Make segments of the text that is pending."""
        self._trigger("flush")

    def end_input(self) -> None:
        """Say that no more text comes."""
        self._trigger("end_input")

    def cancel(self) -> bool:
        """Drop all that was not handed over; return False if it was over or cancelled before."""
        return self._trigger("cancel")

    # What the engine's side calls

    def next_segment(self) -> Segment | None:
        """Give the engine the next segment, if there is one and room for it."""
        if not self.has_work:
            return None
        segment = self._waiting.popleft()
        self._lanes[segment.number].is_in_flight = True
        self._flying += 1
        return segment

    def begin(self, number: int) -> None:
        """Say that a segment has its turn at the engine."""
        lane = self._lanes.get(number)
        if lane is not None and lane.begun_at is None:
            lane.begun_at = self._clock()

    def put(self, number: int, piece: Audio | Words) -> None:
        """Take what an engine made of a segment; ignore it once that has ended."""
        lane = self._lanes.get(number)
        if lane is not None and lane.status is None:
            lane.put(piece, self._clock())
            if isinstance(piece, Audio):
                self._audio_bytes += len(piece.pcm)

    def settle(self, number: int, status: SegmentStatus, reason: str | None = None) -> None:
        """Say how a segment ended; ignore it if that was said before."""
        lane = self._lanes.get(number)
        if lane is not None and lane.status is None:
            lane.settle(status, reason, self._clock())
            self._unspoken -= 1
            self._flying -= lane.is_in_flight
            self._review()

    # What the listener's side calls

    def take(self) -> Handout | None:
        """Give the next thing to hand over, if there is one; `handed_over()` must follow."""
        self._in_hand = self._next_note() or self._next_handout()
        return self._in_hand

    def handed_over(self) -> None:
        """Say that the callbacks have had what was taken."""
        handout, self._in_hand = self._in_hand, None
        if isinstance(handout, AudioChunk):
            self._audio_bytes -= len(handout.audio)
            self._ledger.hear(handout)
        self._review()

    # What all of them may ask

    @property
    def has_work(self) -> bool:
        """Tell whether a segment waits for the engine, and may be begun."""
        is_full = self._flying >= self._in_flight or self._audio_bytes >= ROOM_BYTES
        return bool(self._waiting) and not is_full

    @property
    def has_pending(self) -> bool:
        """Tell whether text is pending that may have to be spoken."""
        return self.state == OPEN and self._script.has_pending

    @property
    def is_idle(self) -> bool:
        """Tell whether there is nothing to do until text comes."""
        return self.state == OPEN and not self._lanes

    @property
    def is_over(self) -> bool:
        """Tell whether it has ended."""
        return self.state in _STATUS

    @property
    def result(self) -> SpeechResult | None:
        """Return how it ended, or None before the end."""
        status = _STATUS.get(self.state)
        return self._ledger.result(status, self._script.characters) if status else None

    # The guards of the table

    def is_spoken(self) -> bool:
        """Tell whether the engine is done with every segment."""
        return self._unspoken == 0

    def is_handed_over(self) -> bool:
        """Tell whether every segment is settled and nothing is left to hand over."""
        return not (self._lanes or self._outbox or self._in_hand)

    def has_only_failed(self) -> bool:
        """Tell whether segments could not be spoken and none was heard."""
        return self._ledger.has_only_failed

    # Its effects

    def take_text(self, text: str) -> None:
        """Cut the text into segments."""
        self._open(self._script.feed(text))

    def take_pause(self) -> None:
        """Cut what is pending where a voice would pause."""
        self._open(self._script.pause())

    def force_text(self) -> None:
        """Cut what is pending."""
        self._open(self._script.flush())

    def drop_all(self) -> None:
        """Settle all that was not heard to its end as cancelled."""
        self._script.forget()
        self._waiting.clear()
        self._outbox.clear()
        self._audio_bytes = len(self._in_hand.audio) if isinstance(self._in_hand, AudioChunk) else 0
        self._unspoken = self._flying = 0
        for lane in self._lanes.values():
            lane.drop(self._clock())

    def _open(self, segments: Iterable[Segment]) -> None:
        now = self._clock()
        for segment in segments:
            lane = self._lanes[segment.number] = Lane(segment, now)
            if segment.is_speakable:
                self._waiting.append(segment)
                self._unspoken += 1
            else:
                lane.settle("skipped", segment.skipped, now)

    def _next_note(self) -> SegmentNote | None:
        """Give what the first segment is at, if that was not given before."""
        note = self._note()
        if note == self._noted:
            return None
        self._noted = note
        return note

    def _note(self) -> SegmentNote | None:
        lane = self._head
        if self.state is CANCELLING or (lane is not None and not lane.segment.is_speakable):
            return self._noted
        if lane is not None:
            return SegmentNote(lane.segment.number, lane.stage())
        if self.state is OPEN and self._noted is not None:
            return SegmentNote(self._noted.segment, "done; waiting for more text")
        return self._noted

    def _next_handout(self) -> Handout | None:
        while not self._outbox:
            lane = self._head
            if lane is not None and lane.pieces:
                self._outbox.extend(self._timeline.place(lane.segment, lane.pieces.popleft()))
            elif lane is not None and lane.status is not None:
                return self._close(lane)
            else:
                return None
        return self._outbox.popleft()

    @property
    def _head(self) -> Lane | None:
        return next(iter(self._lanes.values()), None)

    def _close(self, lane: Lane) -> SegmentOutcome:
        del self._lanes[lane.segment.number]
        self._timeline.end()
        was_refused = lane.status == "skipped" and lane.segment.is_speakable
        return self._ledger.settle(lane.outcome(), was_refused=was_refused)

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
