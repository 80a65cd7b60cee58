"""The next engine where one fails, before anything of a segment was heard."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, aclosing, nullcontext
from dataclasses import dataclass, replace

from sse_pipeline.tts.breaker import Breaker, breaker_of
from sse_pipeline.tts.config import SpeechConfig, read_config
from sse_pipeline.tts.engine import Audio, Engine, Words
from sse_pipeline.tts.events import WordSource
from sse_pipeline.tts.exceptions import EngineFailed, SpeechConfigError
from sse_pipeline.tts.segmentation import Segment

from .catalogue import find_engine
from .resampling import Resampler, check_resampling

logger = logging.getLogger("sse_pipeline.tts")

#: What an entry may say; the rest is said of the speech as a whole.
_KEYS = (
    "engine",
    "voice",
    "language",
    "speed",
    "options",
    "credentials",
    "first_audio_timeout",
    "breaker_failures",
    "breaker_pause",
)
_INHERITED = ("language", "speed", "breaker_failures", "breaker_pause")


@dataclass(frozen=True, slots=True)
class _Choice:
    """An engine, and how it is given up; `patience` is in seconds, its turn included."""

    name: str
    engine: Engine
    patience: float | None
    failures: int
    pause: float

    @property
    def breaker(self) -> Breaker:
        return breaker_of(self.engine, self.failures, self.pause)


@dataclass(frozen=True, slots=True)
class FallbackEngine:
    """Engines in the order in which they are tried; all is resampled to the rate of the first."""

    choices: tuple[_Choice, ...]

    @property
    def language(self) -> str:
        """Return that of the first."""
        return self.choices[0].engine.language

    @property
    def sample_rate(self) -> int:
        """Return that of the first."""
        return self.choices[0].engine.sample_rate

    @property
    def word_source(self) -> WordSource | None:
        """Return that of the first; words of another say their own."""
        return self.choices[0].engine.word_source

    def turn(self) -> AbstractAsyncContextManager[object]:
        """Wait for nothing: each engine has its turn when it is tried."""
        return nullcontext()

    async def synthesize(self, segment: Segment) -> AsyncGenerator[Audio | Words, None]:
        """Speak a segment with the first engine that gives audio."""
        reasons = []
        for choice in self.choices:
            async with AsyncExitStack() as held:
                try:
                    opening, pieces = await _open(choice, segment, held)
                except EngineFailed as error:
                    reasons.append(f"{choice.name}: {error}")
                    logger.warning("Segment %d: %s", segment.number, reasons[-1])
                    continue
                rendering = _Rendering(choice.engine, self.sample_rate)
                for piece in opening:
                    yield rendering.render(piece)
                async with aclosing(_rest(choice, pieces)) as rest:
                    async for piece in rest:
                        yield rendering.render(piece)
                yield rendering.end()
                return
        raise EngineFailed("; ".join(reasons))


class _Rendering:
    """Turns what an engine gives into what was declared."""

    def __init__(self, engine: Engine, rate: int) -> None:
        self._source = engine.word_source
        same = engine.sample_rate == rate
        self._resampler = None if same else Resampler(engine.sample_rate, rate)

    def render(self, piece: Audio | Words) -> Audio | Words:
        if isinstance(piece, Audio):
            return Audio(self._resampler.feed(piece.pcm)) if self._resampler else piece
        words = piece.words
        if self._resampler is not None:
            place = self._resampler.sample
            words = tuple(
                replace(
                    word, start_sample=place(word.start_sample), end_sample=place(word.end_sample)
                )
                for word in words
            )
        return Words(words, piece.source or self._source)

    def end(self) -> Audio:
        return Audio(self._resampler.end() if self._resampler else b"")


_Pieces = AsyncGenerator[Audio | Words, None]


async def _open(
    choice: _Choice, segment: Segment, held: AsyncExitStack
) -> tuple[list[Audio | Words], _Pieces]:
    """Return what an engine gives up to its first audio, and where the rest comes from."""
    clock = asyncio.get_running_loop().time
    if choice.breaker.is_open(clock()):
        raise EngineFailed("it failed again and again")
    deadline = asyncio.timeout(choice.patience)
    try:
        async with deadline:
            await held.enter_async_context(choice.engine.turn())
            pieces = await held.enter_async_context(aclosing(choice.engine.synthesize(segment)))
            return await _opening(pieces), pieces
    except EngineFailed:
        choice.breaker.failed(clock())
        raise
    except Exception as error:
        choice.breaker.failed(clock())
        if deadline.expired():
            raise EngineFailed(f"it gave no audio for {choice.patience:g} s") from error
        logger.exception("The engine failed at segment %d", segment.number)
        raise EngineFailed("it failed") from error


async def _opening(pieces: _Pieces) -> list[Audio | Words]:
    opening: list[Audio | Words] = []
    async for piece in pieces:
        opening.append(piece)
        if isinstance(piece, Audio) and piece.pcm:
            return opening
    raise EngineFailed("it gave no audio")


async def _rest(choice: _Choice, pieces: _Pieces) -> _Pieces:
    """Yield the rest, and judge the engine by its end."""
    try:
        async for piece in pieces:
            yield piece
    except Exception:
        choice.breaker.failed(asyncio.get_running_loop().time())
        raise
    choice.breaker.succeeded()


def fallback_engine(config: SpeechConfig) -> FallbackEngine:
    """Set up the engines of `options.engines`, each of which has a configuration of its own.

    Language, speed and breaker are those of the speech unless an entry says otherwise. Each engine
    but the last has its own `first_audio_timeout`, by default an equal share of that of the speech.

    Raises:
        SpeechConfigError: An entry is unusable; the message names it and its key.
    """
    config.check_options("engines")
    for key in ("voice", "credentials"):
        if getattr(config, key) is not None:
            raise SpeechConfigError(f"{key}: expected in the entries of options.engines.")
    entries = config.options.get("engines")
    if not isinstance(entries, list | tuple) or not entries:
        raise SpeechConfigError("options.engines: expected a list of configurations.")
    share = config.first_audio_timeout / len(entries)
    choices = [
        _choice(config, f"options.engines[{place}]", entry, share, place == len(entries) - 1)
        for place, entry in enumerate(entries)
    ]
    if sum(choice.patience or 0 for choice in choices) >= config.first_audio_timeout:
        raise SpeechConfigError("first_audio_timeout: leaves no time to the last engine.")
    if len({choice.engine.sample_rate for choice in choices}) > 1:
        check_resampling("options.engines")
    return FallbackEngine(tuple(choices))


def _choice(
    config: SpeechConfig, where: str, entry: object, share: float, is_last: bool
) -> _Choice:
    if not isinstance(entry, Mapping):
        raise SpeechConfigError(f"{where}: expected a mapping.")
    for key in entry:
        if key not in _KEYS:
            raise SpeechConfigError(f"{where}.{key}: unknown key; the keys are {', '.join(_KEYS)}.")
    inherited = {key: getattr(config, key) for key in _INHERITED}
    try:
        inner = read_config({**inherited, "first_audio_timeout": share, **entry})
        engine = find_engine(inner)
    except SpeechConfigError as error:
        raise SpeechConfigError(f"{where}.{error}") from error
    name = inner.engine if isinstance(inner.engine, str) else type(engine).__name__
    patience = None if is_last else inner.first_audio_timeout
    return _Choice(name, engine, patience, inner.breaker_failures, inner.breaker_pause)
