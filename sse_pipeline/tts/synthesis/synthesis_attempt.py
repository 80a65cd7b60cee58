"""One attempt of an engine to speak a segment, within its deadlines."""

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass

from sse_pipeline.escaping import make_logger
from sse_pipeline.tts.engine_protocol import (
    Audio,
    Engine,
    EngineOutput,
    check_output,
    is_task_cancelled,
)
from sse_pipeline.tts.errors import CannotSpeak, EngineFailed
from sse_pipeline.tts.results import SAMPLE_BYTES
from sse_pipeline.tts.speech_config import SpeechConfig
from sse_pipeline.tts.text.segments import Segment

logger = make_logger(__name__)

# Servers end a response that was cut, or that never ends, as if it were a success. So the length
# of the audio is compared with the length of the text. All limits are seconds at speed 1.
#: No voice speaks a letter or a digit in less: shorter audio was cut.
LEAST_A_LETTER = 0.01
#: No voice needs more for a character, nor begins so late: longer audio never ends.
MOST_A_CHARACTER = 0.5
MOST_OF_SILENCE = 10.0


@dataclass(frozen=True, slots=True)
class AttemptFailure:
    """Why a segment was not spoken, or not to its end, for people."""

    reason: str
    #: Whether the text is at fault: no voice has a sound for it.
    is_unspeakable: bool = False


class SynthesisAttempt:
    """Lets an engine speak one segment.

    `begin` is called when the segment has its turn, and `put` with each output of the engine.
    """

    def __init__(
        self,
        engine: Engine,
        config: SpeechConfig,
        segment: Segment,
        begin: Callable[[], None],
        put: Callable[[EngineOutput], None],
    ) -> None:
        self._engine = engine
        self._config = config
        self._segment = segment
        self._begin = begin
        self._put = put
        self._audio_bytes = 0

    async def run(self) -> AttemptFailure | None:
        """Return None if the segment was spoken, else why not.

        A cancellation of the task is raised on. It closes the generator of the engine.
        """
        try:
            async with self._engine.turn():
                self._begin()
                await self._speak_within_deadlines()
            self._check_length()
        except CannotSpeak as error:
            return AttemptFailure(str(error), is_unspeakable=True)
        except EngineFailed as error:
            return AttemptFailure(str(error))
        except asyncio.CancelledError:
            if is_task_cancelled():
                raise
            return AttemptFailure("the engine gave up")
        except Exception:
            logger.exception("the engine failed at segment %d", self._segment.number)
            return AttemptFailure("the engine failed")
        return None

    async def _speak_within_deadlines(self) -> None:
        config, clock = self._config, asyncio.get_running_loop().time
        end = clock() + config.segment_timeout
        # One timer for three limits. Each audio moves it, but never beyond the end of them all.
        deadline = asyncio.timeout_at(min(end, clock() + config.first_audio_timeout))
        try:
            async with deadline, aclosing(self._engine.synthesize(self._segment)) as outputs:
                async for output in outputs:
                    self._take(output)
                    if isinstance(output, Audio) and output.pcm:
                        deadline.reschedule(min(end, clock() + config.chunk_timeout))
        except TimeoutError as error:
            if not deadline.expired():  # the engine raised it
                raise
            # Which limit has passed is said by the timer, not by the clock: it may be late.
            raise EngineFailed(self._timeout_reason(is_end=deadline.when() == end)) from error

    def _take(self, output: EngineOutput) -> None:
        check_output(output, self._segment)
        if isinstance(output, Audio):
            self._audio_bytes += len(output.pcm)
            most = MOST_OF_SILENCE + MOST_A_CHARACTER * len(self._segment.text) / self._config.speed
            if self._audio_seconds > most:
                raise EngineFailed("the engine does not come to an end")
        self._put(output)

    def _timeout_reason(self, *, is_end: bool) -> str:
        config = self._config
        if is_end:
            return f"the engine took more than {config.segment_timeout:g} s"
        if self._audio_bytes:
            return f"the engine fell silent for {config.chunk_timeout:g} s"
        return f"the engine gave no audio for {config.first_audio_timeout:g} s"

    def _check_length(self) -> None:
        if not self._audio_bytes:
            raise EngineFailed("the engine gave no audio")
        letters = sum(character.isalnum() for character in self._segment.text)
        if self._audio_seconds < LEAST_A_LETTER * letters / self._config.speed:
            raise EngineFailed("the engine cut the segment short")

    @property
    def _audio_seconds(self) -> float:
        return self._audio_bytes / SAMPLE_BYTES / self._engine.sample_rate
