"""What every engine can do."""

from collections.abc import AsyncGenerator, Hashable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from sse_pipeline.tts.events import WordSource
from sse_pipeline.tts.segmentation import Segment


@dataclass(frozen=True, slots=True)
class Audio:
    """Some more of a segment's audio: whole mono samples, signed 16-bit little-endian."""

    pcm: bytes


@dataclass(frozen=True, slots=True)
class TimedWord:
    """A word: offsets into the segment's text, and samples into its audio."""

    begin: int
    end: int
    start_sample: int
    end_sample: int


@dataclass(frozen=True, slots=True)
class Words:
    """Some more of a segment's words."""

    words: tuple[TimedWord, ...]
    #: Where their times come from, if it is not what the engine says of all.
    source: WordSource | None = None


@runtime_checkable
class Engine(Hashable, Protocol):
    """A voice, set up for one speech; used within one event loop.

    Equal engines share what is known of their failures.
    """

    @property
    def language(self) -> str:
        """Return the tag of the language that it speaks."""

    @property
    def sample_rate(self) -> int:
        """Return the samples in a second."""

    @property
    def word_source(self) -> WordSource | None:
        """Tell where word times come from; None if it gives none."""

    def turn(self) -> AbstractAsyncContextManager[object]:
        """Wait until the engine can take a segment; the segment's deadlines count from then."""

    def synthesize(self, segment: Segment) -> AsyncGenerator[Audio | Words, None]:
        """Speak a segment that has something to speak, within a turn.

        Words come in order, before the audio in which they start, and end within the segment.
        Closing the generator stops the work.

        Raises:
            EngineFailed: The segment can't be spoken, or no further.
        """
