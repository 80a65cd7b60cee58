"""What a streamer hands to its callbacks. Times are in milliseconds, offsets in code points."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

SegmentStatus = Literal["audio", "skipped", "failed", "cancelled"]
SpeechStatus = Literal["completed", "failed", "cancelled"]
WordSource = Literal["native", "aligned", "estimated"]

#: The most audio that one chunk carries, in bytes.
CHUNK_BYTES = 32 * 1024


def milliseconds(samples: int, sample_rate: int) -> float:
    """Convert a count of samples to a time."""
    return samples * 1000 / sample_rate


@dataclass(frozen=True, slots=True)
class AudioChunk:
    """A piece of the speech."""

    #: Signed 16-bit little-endian samples (`pcm_s16le`), whole ones, at most `CHUNK_BYTES`.
    audio: bytes
    #: The segment, counted from 1, and the chunk in it, counted from 0.
    segment: int
    index: int
    sample_rate: int
    channels: int
    #: Where the chunk begins in the whole speech, in which no gap lies between two chunks.
    start_ms: float
    duration_ms: float


@dataclass(frozen=True, slots=True)
class SpokenWord:
    """A word, when it is heard and where it stands in the text that was fed."""

    word: str
    start_ms: float
    end_ms: float
    begin: int
    end: int


@dataclass(frozen=True, slots=True)
class SegmentWords:
    """Words of one segment, in the order of their times; a segment may have several of these.

    They come before the audio in which they start.
    """

    segment: int
    source: WordSource
    words: tuple[SpokenWord, ...]


@dataclass(frozen=True, slots=True)
class SegmentOutcome:
    """How a segment ended, how much of its audio was handed over, and what it cost.

    A time is None where the segment did not come so far.
    """

    segment: int
    status: SegmentStatus
    begin: int
    end: int
    duration_ms: float = 0.0
    reason: str | None = None
    #: From the segment's end in the text to its turn at the engine.
    queued_ms: float | None = None
    #: From its turn to its first audio, and to the end of it.
    first_audio_ms: float | None = None
    synthesis_ms: float | None = None

    @property
    def real_time_factor(self) -> float | None:
        """Return the time that a second of the audio took to make, in seconds."""
        if self.synthesis_ms is None or not self.duration_ms:
            return None
        return self.synthesis_ms / self.duration_ms


@dataclass(frozen=True, slots=True)
class SegmentNote:
    """A remark on a segment, for people."""

    segment: int
    text: str

    def __str__(self) -> str:
        return f"segment {self.segment}: {self.text}"


@dataclass(frozen=True, slots=True)
class SpeechResult:
    """How the speech ended.

    `failed` means that segments could not be spoken and none was heard; `reason` is then that of
    the first.
    """

    status: SpeechStatus
    reason: str | None
    #: How many segments ended in each `SegmentStatus`; each status is there.
    segments: Mapping[SegmentStatus, int]
    #: Characters that were fed, and those of the segments with status `audio` and `skipped`.
    characters_in: int
    characters_spoken: int
    characters_skipped: int
    #: The audio that was handed over.
    duration_ms: float

    def ledger(self) -> dict[str, object]:
        """Return what the terminal frame says of the speech."""
        return {
            "segments": dict(self.segments),
            "characters": {
                "in": self.characters_in,
                "spoken": self.characters_spoken,
                "skipped": self.characters_skipped,
            },
            "audio_ms": round(self.duration_ms),
        }


Handout = AudioChunk | SegmentWords | SegmentOutcome | SegmentNote
