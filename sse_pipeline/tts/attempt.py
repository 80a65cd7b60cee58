"""One attempt to have a segment spoken, within its deadlines."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import aclosing

from .config import SpeechConfig
from .engine import Audio, Engine, Words, check_piece
from .exceptions import EngineFailed
from .segmentation import Segment

logger = logging.getLogger("sse_pipeline.tts")

#: No voice speaks a letter or digit in less, in seconds at speed 1: what is shorter was cut.
LEAST_A_LETTER = 0.01
#: No voice needs more for a character, nor begins so late: what is longer never ends.
MOST_A_CHARACTER = 0.5
MOST_OF_SILENCE = 10.0

_SAMPLE_BYTES = 2


class Attempt:
    """Has an engine speak one segment; tells when its turn has come, and what the engine makes."""

    def __init__(
        self,
        engine: Engine,
        config: SpeechConfig,
        segment: Segment,
        begin: Callable[[], None],
        put: Callable[[Audio | Words], None],
    ) -> None:
        self._engine = engine
        self._config = config
        self._segment = segment
        self._begin = begin
        self._put = put
        self._heard_bytes = 0

    async def run(self) -> str | None:
        """Return None when it has spoken, else why it has not, or no further; for people."""
        try:
            async with self._engine.turn():
                self._begin()
                await self._within_deadlines()
            self._check_length()
        except EngineFailed as error:
            return str(error)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
            return "the engine gave up"
        except Exception:
            logger.exception("The engine failed at segment %d", self._segment.number)
            return "the engine failed"
        return None

    async def _within_deadlines(self) -> None:
        config, clock = self._config, asyncio.get_running_loop().time
        over = clock() + config.segment_timeout
        deadline = asyncio.timeout_at(min(over, clock() + config.first_audio_timeout))
        try:
            async with deadline, aclosing(self._engine.synthesize(self._segment)) as pieces:
                async for piece in pieces:
                    self._take(piece)
                    if isinstance(piece, Audio) and piece.pcm:
                        deadline.reschedule(min(over, clock() + config.chunk_timeout))
        except TimeoutError as error:
            if not deadline.expired():
                raise
            raise EngineFailed(self._overdue(is_over=clock() >= over)) from error

    def _take(self, piece: Audio | Words) -> None:
        check_piece(piece, self._segment)
        if isinstance(piece, Audio):
            self._heard_bytes += len(piece.pcm)
            most = MOST_OF_SILENCE + MOST_A_CHARACTER * len(self._segment.text) / self._config.speed
            if self._seconds > most:
                raise EngineFailed("the engine does not come to an end")
        self._put(piece)

    def _overdue(self, *, is_over: bool) -> str:
        config = self._config
        if is_over:
            return f"the engine took more than {config.segment_timeout:g} s"
        if self._heard_bytes:
            return f"the engine fell silent for {config.chunk_timeout:g} s"
        return f"the engine gave no audio for {config.first_audio_timeout:g} s"

    def _check_length(self) -> None:
        if not self._heard_bytes:
            raise EngineFailed("the engine gave no audio")
        letters = sum(character.isalnum() for character in self._segment.text)
        if self._seconds < LEAST_A_LETTER * letters / self._config.speed:
            raise EngineFailed("the engine cut the segment short")

    @property
    def _seconds(self) -> float:
        return self._heard_bytes / _SAMPLE_BYTES / self._engine.sample_rate
