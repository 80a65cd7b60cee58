"""Speaks a segment with the first engine that gives audio for it."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, aclosing, nullcontext
from dataclasses import dataclass

from sse_pipeline.escaping import make_logger
from sse_pipeline.tts.engine_protocol import (
    UNSPEAKABLE,
    Audio,
    Engine,
    EngineOutput,
    WarmEngine,
    is_task_cancelled,
    spoken_segment,
)
from sse_pipeline.tts.engines.circuit_breaker import CircuitBreaker, circuit_breaker_for
from sse_pipeline.tts.engines.engine_probe import note_failure_soon
from sse_pipeline.tts.engines.output_converter import OutputConverter
from sse_pipeline.tts.errors import CannotSpeak, EngineFailed
from sse_pipeline.tts.results import WordSource
from sse_pipeline.tts.text.segments import Segment

logger = make_logger(__name__)

EngineOutputs = AsyncGenerator[EngineOutput, None]


@dataclass(frozen=True, slots=True)
class FallbackChoice:
    """An engine, and when to give it up."""

    name: str
    engine: Engine
    #: Seconds for its turn and its first audio together. None for the last engine.
    patience: float | None
    failures: int
    pause: float

    @property
    def breaker(self) -> CircuitBreaker:
        """The circuit breaker of the engine."""
        return circuit_breaker_for(self.engine, self.failures, self.pause)


@dataclass(frozen=True, slots=True)
class FallbackEngine:
    """Tries engines in their order. All audio is resampled to the rate of the first."""

    choices: tuple[FallbackChoice, ...]
    probe: str = "1"

    @property
    def language(self) -> str:
        """The language of the first engine."""
        return self.choices[0].engine.language

    @property
    def sample_rate(self) -> int:
        """The sample rate of the first engine."""
        return self.choices[0].engine.sample_rate

    @property
    def word_source(self) -> WordSource | None:
        """The word source of the first engine. Words of another engine carry their own."""
        return self.choices[0].engine.word_source

    def turn(self) -> AbstractAsyncContextManager[object]:
        """Return at once: each engine is waited for when it is tried."""
        return nullcontext()

    async def warm(self) -> None:
        """Make the first engine ready: the others speak if it fails."""
        first = self.choices[0].engine
        if isinstance(first, WarmEngine):
            await first.warm()

    def spoken_text(self, text: str) -> str:
        """Return the text with a blank for each letter or digit that no engine can say."""
        segment = Segment(0, text, 0)
        spoken = [spoken_segment(choice.engine, segment).text for choice in self.choices]
        return "".join(
            " " if set(found) == {" "} else character
            for character, *found in zip(text, *spoken, strict=True)
        )

    async def synthesize(self, segment: Segment) -> EngineOutputs:
        """Speak a segment with the first engine that gives audio.

        After its first audio no other engine is tried: the listener would hear the text twice.

        Raises:
            CannotSpeak: No engine has a voice that can say it.
            EngineFailed: No engine gave audio, or the one that did failed later.
        """
        reasons, is_unspeakable = [], True
        for choice in self.choices:
            # The turn and the generator of an engine are held until its segment is over.
            async with AsyncExitStack() as held:
                try:
                    opening, outputs = await _open(choice, segment, held)
                except EngineFailed as error:
                    reasons.append(f"{choice.name}: {error}")
                    is_unspeakable = is_unspeakable and isinstance(error, CannotSpeak)
                    logger.warning("segment %d: %s", segment.number, reasons[-1])
                    continue
                converter = OutputConverter(choice.engine, self.sample_rate)
                for output in opening:
                    yield converter.convert(output)
                async with aclosing(_rest(choice, outputs)) as rest:
                    async for output in rest:
                        yield converter.convert(output)
                yield converter.end()
                return
        if is_unspeakable:
            raise CannotSpeak(UNSPEAKABLE)
        raise EngineFailed("; ".join(reasons))


async def _open(
    choice: FallbackChoice, segment: Segment, held: AsyncExitStack
) -> tuple[list[EngineOutput], EngineOutputs]:
    """Return the output of an engine up to its first audio, and the generator of the rest."""
    clock = asyncio.get_running_loop().time
    if choice.breaker.is_open(clock()):
        raise EngineFailed("it failed again and again")
    spoken = spoken_segment(choice.engine, segment)
    if not spoken.is_speakable:
        raise CannotSpeak(UNSPEAKABLE)
    deadline = asyncio.timeout(choice.patience)
    try:
        async with deadline:
            await held.enter_async_context(choice.engine.turn())
            outputs = await held.enter_async_context(aclosing(choice.engine.synthesize(spoken)))
            return await _read_opening(outputs), outputs
    except CannotSpeak:
        raise
    except EngineFailed:
        note_failure_soon(choice.engine, choice.breaker)
        raise
    except asyncio.CancelledError as error:
        if is_task_cancelled():
            raise
        note_failure_soon(choice.engine, choice.breaker)
        raise EngineFailed("it gave up") from error
    except Exception as error:
        note_failure_soon(choice.engine, choice.breaker)
        if deadline.expired():
            raise EngineFailed(f"it gave no audio for {choice.patience:g} s") from error
        logger.exception("the engine failed at segment %d", segment.number)
        raise EngineFailed("it failed") from error


async def _read_opening(outputs: EngineOutputs) -> list[EngineOutput]:
    opening: list[EngineOutput] = []
    async for output in outputs:
        opening.append(output)
        if isinstance(output, Audio) and output.pcm:
            return opening
    raise EngineFailed("it gave no audio")


async def _rest(choice: FallbackChoice, outputs: EngineOutputs) -> EngineOutputs:
    """Yield the rest, and record how the engine ended."""
    try:
        async for output in outputs:
            yield output
    except CannotSpeak:
        raise
    except (Exception, asyncio.CancelledError) as error:
        if not (isinstance(error, asyncio.CancelledError) and is_task_cancelled()):
            note_failure_soon(choice.engine, choice.breaker)
        raise
    choice.breaker.record_success()
