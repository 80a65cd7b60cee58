"""The protocol between speech and engines: the methods of an engine, and its output.

Sites import these names from `sse_pipeline.tts.engines`.
"""

import asyncio
from collections.abc import AsyncGenerator, Hashable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from typing import Protocol, runtime_checkable

from sse_pipeline.tts.results import SAMPLE_BYTES, WordSource
from sse_pipeline.tts.text.segments import Segment


@dataclass(frozen=True, slots=True)
class Audio:
    """The next audio of a segment: whole mono samples, signed 16-bit little-endian."""

    pcm: bytes


@dataclass(frozen=True, slots=True)
class TimedWord:
    """A word: its offsets in the text of the segment, and its samples in the audio."""

    begin: int
    end: int
    start_sample: int
    end_sample: int


@dataclass(frozen=True, slots=True)
class Words:
    """The next words of a segment."""

    words: tuple[TimedWord, ...]
    #: Where their times come from, if not from the `word_source` of the engine.
    source: WordSource | None = None


EngineOutput = Audio | Words


def is_task_cancelled() -> bool:
    """Return whether somebody cancelled the running task.

    An engine may raise a `CancelledError` although nobody did, for example because its own
    connection was cancelled. Then it is a failure of the engine.
    """
    task = asyncio.current_task()
    return task is None or task.cancelling() > 0


def check_output(output: object, segment: Segment) -> None:
    """Check what an engine gave for a segment.

    Raises:
        TypeError: The output is neither `Audio` nor `Words`, or its content has a wrong type.
        ValueError: A word is outside its segment, or ends before it begins.
    """
    if isinstance(output, Audio):
        if not isinstance(output.pcm, bytes) or len(output.pcm) % SAMPLE_BYTES:
            raise TypeError("the audio of an engine must be bytes of whole 16-bit samples")
    elif not isinstance(output, Words):
        raise TypeError(f"an engine gave {type(output).__name__}, not Audio or Words")
    else:
        for word in output.words:
            _check_word(word, segment)


def _check_word(word: object, segment: Segment) -> None:
    if not isinstance(word, TimedWord):
        raise TypeError(f"an engine gave {type(word).__name__}, not a TimedWord")
    if not 0 <= word.begin <= word.end <= len(segment.text):
        raise ValueError(f"an engine gave a word outside its segment: {word}")
    if not 0 <= word.start_sample <= word.end_sample:
        raise ValueError(f"an engine gave a word that ends before it begins: {word}")


@runtime_checkable
class Engine(Hashable, Protocol):
    """A voice that is ready for one speech. It is used within one event loop.

    Equal engines share one circuit breaker.
    """

    @property
    def language(self) -> str:
        """The tag of the language that it speaks."""

    @property
    def sample_rate(self) -> int:
        """The samples in a second."""

    @property
    def word_source(self) -> WordSource | None:
        """Where word times come from, or None if the engine gives no words."""

    def turn(self) -> AbstractAsyncContextManager[object]:
        """Wait until the engine can take a segment. The deadlines of the segment start then."""

    def synthesize(self, segment: Segment) -> AsyncGenerator[EngineOutput, None]:
        """Speak a segment that has a letter or a digit, within a turn.

        Words come in order, before the audio in which they start, and end within the segment.
        Closing the generator stops the work.

        Raises:
            EngineFailed: The engine can't speak the segment, or can't speak it to its end.
        """


@runtime_checkable
class SelectiveEngine(Protocol):
    """What an engine has beside `Engine` if there are texts that its voice can't say."""

    @property
    def probe(self) -> str:
        """A short text that the voice says whenever the engine works."""

    def spoken_text(self, text: str) -> str:
        """Return the text with a blank for each letter or digit that the voice can't say.

        Each character keeps its place.
        """


@runtime_checkable
class WarmEngine(Protocol):
    """What an engine has beside `Engine` if its first segment would take longer."""

    async def warm(self) -> None:
        """Make the engine ready, on the loop that will use it. Many may call it at once."""


#: Why a segment is skipped that has no letter or digit which a voice can say.
UNSPEAKABLE = "no voice can say it"


def spoken_segment(engine: Engine, segment: Segment) -> Segment:
    """Return the segment without what its engine can't say. Each character keeps its place."""
    if not isinstance(engine, SelectiveEngine):
        return segment
    return replace(segment, text=engine.spoken_text(segment.text), spans=())
