"""The values that a streamer gives to its callbacks.

Times are milliseconds. Offsets are code points of the displayed text.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

SegmentStatus = Literal["audio", "skipped", "failed", "cancelled"]
SpeechStatus = Literal["completed", "failed", "cancelled"]
WordSource = Literal["native", "aligned", "estimated"]

#: The size of a sample: `pcm_s16le`.
SAMPLE_BYTES = 2
#: The codecs: samples, or packets of Opus, which are made from samples of this rate.
PCM, OPUS = "pcm_s16le", "opus"
OPUS_RATE = 48_000
#: The most audio that one chunk carries, in bytes.
CHUNK_BYTES = 32 * 1024


def milliseconds(samples: int, sample_rate: int) -> float:
    """Return how long some samples last."""
    return samples * 1000 / sample_rate


@dataclass(frozen=True, slots=True)
class AudioChunk:
    """Some of the audio of a speech."""

    #: Whole samples, signed 16-bit little-endian (`pcm_s16le`), at most `CHUNK_BYTES`;
    #: or packets of Opus, one after the other.
    audio: bytes
    #: The number of the segment, from 1, and of the chunk in the segment, from 0.
    segment: int
    index: int
    sample_rate: int
    channels: int
    #: When the chunk begins in the whole speech. There is no gap between two chunks.
    start_ms: float
    duration_ms: float
    codec: str = PCM
    #: Of Opus: the lengths of the packets in bytes, and how many samples a decoder gives before the
    #: first one of the segment.
    sizes: tuple[int, ...] = ()
    preskip: int = 0
    #: Of Opus, in the last chunk of a segment: how many samples the segment has without them.
    samples: int | None = None


@dataclass(frozen=True, slots=True)
class SpokenWord:
    """A word, the time when it is heard, and its place in the text that was fed."""

    word: str
    start_ms: float
    end_ms: float
    begin: int
    end: int


@dataclass(frozen=True, slots=True)
class SegmentWords:
    """Some words of one segment, in the order of their times.

    They come before the audio in which they start. A segment may have several `SegmentWords`.
    """

    segment: int
    source: WordSource
    words: tuple[SpokenWord, ...]


@dataclass(frozen=True, slots=True)
class SegmentOutcome:
    """The end of a segment: its status, the audio that the callbacks received, and its times.

    A time is None if the segment did not come so far.
    """

    segment: int
    status: SegmentStatus
    begin: int
    end: int
    duration_ms: float = 0.0
    reason: str | None = None
    #: From the end of the segment in the text to its turn at the engine.
    queued_ms: float | None = None
    #: From its turn to its first audio, and from its turn to its end.
    first_audio_ms: float | None = None
    synthesis_ms: float | None = None

    @property
    def real_time_factor(self) -> float | None:
        """How many seconds the engine needed for one second of audio."""
        if self.synthesis_ms is None or not self.duration_ms:
            return None
        return self.synthesis_ms / self.duration_ms


@dataclass(frozen=True, slots=True)
class SegmentNote:
    """A remark about a segment, for people."""

    segment: int
    text: str

    def __str__(self) -> str:
        return f"segment {self.segment}: {self.text}"


@dataclass(frozen=True, slots=True)
class SpeechResult:
    """The end of a speech: its status and its counts.

    `failed` means that segments could not be spoken and that none was heard. Then `reason` is the
    reason of the first one.
    """

    status: SpeechStatus
    reason: str | None
    #: How many segments ended with each `SegmentStatus`. Every status has an entry.
    segments: Mapping[SegmentStatus, int]
    #: All characters that were fed, and those of segments with the status `audio` and `skipped`.
    characters_in: int
    characters_spoken: int
    characters_skipped: int
    #: The length of the audio that the callbacks received.
    duration_ms: float
    #: How many of the skipped segments were skipped because the engine was not asked: it had failed
    #: too often.
    muted: int = 0

    def ledger(self) -> dict[str, object]:
        """Return the summary of the speech for the terminal frame of a stream."""
        muted = {"muted": self.muted} if self.muted else {}
        return {
            **muted,
            "segments": dict(self.segments),
            "characters": {
                "in": self.characters_in,
                "spoken": self.characters_spoken,
                "skipped": self.characters_skipped,
            },
            "audio_ms": round(self.duration_ms),
        }


CallbackItem = AudioChunk | SegmentWords | SegmentOutcome | SegmentNote
