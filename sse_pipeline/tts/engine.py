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


def check_piece(piece: object, segment: Segment) -> None:
    """Check what an engine gave for a segment.

    Raises:
        TypeError, ValueError: It is neither audio nor words, or words that stand nowhere.
    """
    if isinstance(piece, Audio):
        if not isinstance(piece.pcm, bytes) or len(piece.pcm) % 2:
            raise TypeError("the audio of an engine is no bytes of whole 16-bit samples")
    elif not isinstance(piece, Words):
        raise TypeError(f"an engine gave {type(piece).__name__}, not Audio or Words")
    else:
        for word in piece.words:
            _check_word(word, segment)


def _check_word(word: object, segment: Segment) -> None:
    if not isinstance(word, TimedWord):
        raise TypeError(f"an engine gave {type(word).__name__} for a TimedWord")
    if not 0 <= word.begin <= word.end <= len(segment.text):
        raise ValueError(f"an engine gave a word outside its segment: {word}")
    if not 0 <= word.start_sample <= word.end_sample:
        raise ValueError(f"an engine gave a word that ends before it begins: {word}")


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
