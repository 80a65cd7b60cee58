"""The text and the audio of one speech, from its first text to its last callback."""

import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable

from sse_pipeline.tts.buffer.audio_timeline import AudioTimeline
from sse_pipeline.tts.buffer.joined_sound import JoinedSound, Pauses
from sse_pipeline.tts.buffer.progress_notes import ProgressNotes
from sse_pipeline.tts.buffer.segment_progress import SegmentProgress
from sse_pipeline.tts.buffer.speech_ledger import SpeechLedger
from sse_pipeline.tts.buffer.speech_states import (
    CANCELLED,
    CANCELLING,
    COMPLETED,
    FAILED,
    OPEN,
    REVIEWED,
    SPEECH_MACHINE,
    SpeechState,
)
from sse_pipeline.tts.engine_protocol import Audio, EngineOutput
from sse_pipeline.tts.errors import SpeechEnded
from sse_pipeline.tts.results import (
    AudioChunk,
    CallbackItem,
    SegmentStatus,
    SpeechResult,
    SpeechStatus,
)
from sse_pipeline.tts.text.segments import Segment
from sse_pipeline.tts.text.text_pipeline import TextPipeline

#: The engine gets no further segment while so much audio waits for the callbacks, in bytes.
FULL_BYTES = 256 * 1024

_STATUS: dict[SpeechState, SpeechStatus] = {
    COMPLETED: "completed",
    FAILED: "failed",
    CANCELLED: "cancelled",
}


class TTSBuffer:
    """Holds one speech from its first text to the last audio that is handed over.

    It is complete when, and only when: the input has ended, no text is pending, every segment is
    settled and everything was handed over. A flush is done when the segments that it forced are
    settled. A segment counts when its outcome is taken, so dropped audio never counts as heard.

    At most `in_flight` segments are at the engine at a time. They are handed over in the order of
    the text: the first one while it is spoken, the others when it is their turn.

    Three sides call it: the producer of the text, the engine and the callbacks. It does no I/O and
    is not thread-safe: the caller holds one lock around each call.
    """

    def __init__(
        self,
        text: TextPipeline | None = None,
        timeline: AudioTimeline | None = None,
        in_flight: int = 1,
        clock: Callable[[], float] = time.monotonic,
        pauses: Pauses | None = None,
    ) -> None:
        self.state: SpeechState = OPEN
        self._text = text or TextPipeline()
        self._sound = JoinedSound(timeline or AudioTimeline(0), pauses)
        self._in_flight = in_flight
        self._clock = clock
        self._ledger = SpeechLedger()
        self._notes = ProgressNotes()
        #: The segments that the engine has not got.
        self._waiting: deque[Segment] = deque()
        #: All segments that are not handed over to their end, by number, in order.
        # Not a dict: its first value is behind all places that were emptied before it.
        self._progress: OrderedDict[int, SegmentProgress] = OrderedDict()
        self._unspoken = 0
        self._at_engine = 0
        self._outbox: deque[CallbackItem] = deque()
        self._in_hand: CallbackItem | None = None
        self._audio_bytes = self._uncut = 0

    # The producer of the text calls these.

    def feed(self, text: str) -> None:
        """Take text. After a cancel, ignore it.

        Raises:
            SpeechEnded: The input has ended.
        """
        if not self._fire("feed", text):
            raise SpeechEnded("the input of this speech has ended: no text can follow")

    def flush_to_pause(self) -> None:
        """Make a segment of the pending text up to the last pause that a voice would make."""
        self._fire("flush_to_pause")

    def flush(self) -> None:
        """Make segments of the pending text."""
        self._fire("flush")

    def end_input(self) -> None:
        """End the input: no more text comes."""
        self._fire("end_input")

    def cancel(self, uncut: int = 0) -> bool:
        """Drop everything that was not handed over, and `uncut` characters that did not come here.

        Return False if the speech has ended or was cancelled before.
        """
        self._uncut += uncut
        return self._fire("cancel")

    # The side of the engine calls these.

    def next_segment(self) -> Segment | None:
        """Return the next segment for the engine, or None if there is none or no room for it."""
        if not self.has_work:
            return None
        segment = self._waiting.popleft()
        self._progress[segment.number].is_in_flight = True
        self._at_engine += 1
        return segment

    def begin(self, number: int) -> None:
        """Note that a segment has its turn at the engine. Ignore it if the segment is settled."""
        if (progress := self._unsettled(number)) is not None:
            progress.begun_at = self._clock()

    def put(self, number: int, output: EngineOutput) -> None:
        """Take output of the engine for a segment. Ignore it if the segment is settled."""
        if (progress := self._unsettled(number)) is not None:
            progress.add(output, self._clock())
            self._audio_bytes += _bytes_of(output)

    def settle(
        self,
        number: int,
        status: SegmentStatus,
        reason: str | None = None,
        *,
        is_unspeakable: bool = False,
    ) -> None:
        """Set how a segment ended. Ignore it if the segment is settled.

        `is_unspeakable` means that it was skipped because no voice can say it.
        """
        if (progress := self._unsettled(number)) is not None:
            progress.is_unspeakable = is_unspeakable
            progress.settle(status, reason, self._clock())
            self._unspoken -= 1
            self._at_engine -= progress.is_in_flight
            self._review()

    # The side of the callbacks calls these.

    def take(self) -> CallbackItem | None:
        """Return the next item for the callbacks, or None. `handed_over()` must follow an item."""
        self._in_hand = self._next_note() or self._next_item()
        return self._in_hand

    def handed_over(self) -> None:
        """Note that the callback has returned for the item that was taken."""
        item, self._in_hand = self._in_hand, None
        self._audio_bytes -= _bytes_of(item)
        if isinstance(item, AudioChunk):
            self._ledger.add_chunk(item)
        self._review()

    # All sides may ask these.

    @property
    def has_work(self) -> bool:
        """Whether a segment waits for the engine, and the engine may have it."""
        is_full = self._at_engine >= self._in_flight or self._audio_bytes >= FULL_BYTES
        return bool(self._waiting) and not is_full

    @property
    def has_pending(self) -> bool:
        """Whether text is pending that may have to be spoken."""
        return self.state == OPEN and self._text.has_pending

    @property
    def is_idle(self) -> bool:
        """Whether there is nothing to do until text comes."""
        return self.state == OPEN and not self._progress

    @property
    def is_over(self) -> bool:
        """Whether the speech has ended."""
        return self.state in _STATUS

    @property
    def result(self) -> SpeechResult | None:
        """The result of the speech; None before its end."""
        status = _STATUS.get(self.state)
        fed = self._text.characters + self._uncut
        return self._ledger.result(status, fed) if status else None

    # The guards of the table.

    def is_spoken(self) -> bool:
        """Whether the engine is done with every segment."""
        return self._unspoken == 0

    def is_handed_over(self) -> bool:
        """Whether every segment is settled and the callbacks have received everything."""
        return not (self._progress or self._outbox or self._in_hand)

    def has_only_failed(self) -> bool:
        """Whether segments could not be spoken and none was heard."""
        return self._ledger.has_only_failed

    # The effects of the table.

    def cut_text(self, text: str) -> None:
        """Cut more text into segments."""
        self._add_segments(self._text.feed(text))

    def cut_to_pause(self) -> None:
        """Cut the pending text where a voice would pause."""
        self._add_segments(self._text.flush_to_pause())

    def cut_all(self) -> None:
        """Cut all pending text."""
        self._add_segments(self._text.flush())

    def drop_all(self) -> None:
        """Settle every segment that was not heard to its end as cancelled."""
        self._text.discard()
        self._waiting.clear()
        self._outbox.clear()
        # A callback may have a chunk right now: `handed_over()` will subtract its bytes.
        self._audio_bytes = _bytes_of(self._in_hand)
        self._unspoken = self._at_engine = 0
        for progress in self._progress.values():
            progress.cancel(self._clock())

    def _unsettled(self, number: int) -> SegmentProgress | None:
        """Return the progress of a segment, or None if it is settled: a cancel may be faster."""
        progress = self._progress.get(number)
        return None if progress is None or progress.status is not None else progress

    def _add_segments(self, segments: Iterable[Segment]) -> None:
        now = self._clock()
        for segment in segments:
            progress = self._progress[segment.number] = SegmentProgress(segment, now)
            if segment.is_speakable:
                self._waiting.append(segment)
                self._unspoken += 1
            else:
                progress.settle("skipped", segment.skipped, now)

    def _next_note(self) -> CallbackItem | None:
        if self.state is CANCELLING:
            return None
        return self._notes.next_note(self._head, awaits_text=self.state is OPEN)

    def _next_item(self) -> CallbackItem | None:
        while not self._outbox:
            head = self._head
            if head is not None and head.outputs:
                output = head.outputs.popleft()
                self._audio_bytes -= _bytes_of(output)
                self._send(self._sound.place(head.segment, output))
            elif head is not None and head.needs_end:
                head.is_sent = True
                is_whole = head.status == "audio"
                self._send(self._sound.end_segment(head.segment, is_whole=is_whole))
            elif head is not None and head.status is not None:
                del self._progress[head.segment.number]
                return self._ledger.add_outcome(head.outcome(), was_refused=head.was_refused)
            else:
                return None
        return self._outbox.popleft()

    def _send(self, items: Iterable[CallbackItem]) -> None:
        for item in items:
            self._outbox.append(item)
            self._audio_bytes += _bytes_of(item)

    @property
    def _head(self) -> SegmentProgress | None:
        return next(iter(self._progress.values()), None)

    def _fire(self, trigger: str, *arguments: str) -> bool:
        was_taken = SPEECH_MACHINE.fire(self, trigger, *arguments)
        self._review()
        return was_taken

    def _review(self) -> None:
        while self.state in REVIEWED and SPEECH_MACHINE.fire(self, "review"):
            pass


def _bytes_of(item: CallbackItem | EngineOutput | None) -> int:
    if isinstance(item, AudioChunk):
        return len(item.audio)
    return len(item.pcm) if isinstance(item, Audio) else 0
