"""Joins the sound of the segments to the sound of a speech, with a pause at each joint."""

from collections.abc import Iterator, Mapping
from typing import get_args

from sse_pipeline.tts.buffer.audio_timeline import AudioTimeline
from sse_pipeline.tts.buffer.segment_sound import SegmentSound
from sse_pipeline.tts.engine_protocol import EngineOutput
from sse_pipeline.tts.results import AudioChunk, SegmentWords
from sse_pipeline.tts.text.segments import Joint, Segment

Pauses = Mapping[Joint | None, float]

_LENGTHS: tuple[Joint | None, ...] = (None, *get_args(Joint))

Placed = Iterator[AudioChunk | SegmentWords]


class JoinedSound:
    """Places the output of an engine, segment after segment.

    `pauses` has the seconds of silence at each joint, with what the engine itself gives at the ends
    of segments: they are the same with every engine. None leaves the audio of the engine as it is.
    """

    def __init__(self, timeline: AudioTimeline, pauses: Pauses | None = None) -> None:
        self._timeline = timeline
        self._pauses = pauses
        self._sound: SegmentSound | None = None
        self._is_heard = False
        #: Since the last sound: its silence at the end in samples, and the strongest joint.
        self._tail = 0
        self._joint: Joint | None = None

    def place(self, segment: Segment, output: EngineOutput) -> Placed:
        """Yield the chunks of some audio, or the words."""
        sound = self._open()
        for each in sound.feed(output):
            yield from self._place(segment, sound, each)

    def end_segment(self, segment: Segment, *, is_whole: bool) -> Placed:
        """End a segment; yield the rest. `is_whole` means that the engine spoke it to its end."""
        sound = self._open()
        for each in sound.end(is_whole=is_whole):
            yield from self._place(segment, sound, each)
        if self._is_heard:
            self._tail = sound.tail
            self._joint = None
        else:
            self._joint = max(self._joint, segment.joint, key=_LENGTHS.index)
        self._timeline.end_segment()
        self._sound, self._is_heard = None, False

    def _open(self) -> SegmentSound:
        if self._sound is None:
            self._sound = SegmentSound(self._timeline.sample_rate, trims=self._pauses is not None)
        return self._sound

    def _place(self, segment: Segment, sound: SegmentSound, output: EngineOutput) -> Placed:
        if not self._is_heard:
            self._is_heard = True
            yield from self._timeline.place_pause(segment, self._pause(segment, sound.head))
        yield from self._timeline.place(segment, output)

    def _pause(self, segment: Segment, head: int) -> int:
        """Return the samples of silence that the joint before a segment lacks."""
        if self._pauses is None or not self._timeline.is_begun:
            return 0
        joint = max(self._joint, segment.joint, key=_LENGTHS.index)
        wanted = round(self._pauses[joint] * self._timeline.sample_rate)
        return max(wanted - self._tail - head, 0)
