"""eSpeak NG: small, fast, in over a hundred languages, with the times of words."""

import asyncio
import os
from collections.abc import AsyncGenerator
from dataclasses import dataclass

from sse_pipeline.tts.config import SpeechConfig
from sse_pipeline.tts.events import WordSource
from sse_pipeline.tts.segmentation import Segment

from .base import Audio, Words
from .espeak_marks import MarkedAudio
from .espeak_process import WorkerProcess
from .espeak_voices import find_voice
from .espeak_worker import SAMPLE_RATE

#: The rate of a voice at speed 1. It is not slowed below 80, which is speed 0.46.
_WORDS_PER_MINUTE = 175

#: Controls end a text or command eSpeak NG; each becomes a blank, so that positions stay.
_CONTROLS = dict.fromkeys([*range(32), *range(127, 160)], " ")


@dataclass(frozen=True, slots=True)
class EspeakEngine:
    """A voice of eSpeak NG; all voices of a process share one worker process."""

    voice: str
    language: str
    words_per_minute: int
    sample_rate: int = SAMPLE_RATE
    word_source: WordSource | None = "native"

    def turn(self) -> asyncio.Lock:
        """Wait for the worker."""
        return _desk().turn

    async def synthesize(self, segment: Segment) -> AsyncGenerator[Audio | Words, None]:
        """Speak a segment; one that is given up costs the worker, and the next has a new one."""
        desk = _desk()
        process = desk.process()
        audio = MarkedAudio(segment.text)
        is_done = False
        text = segment.text.translate(_CONTROLS)
        try:
            async for sound in process.speak(self.words_per_minute, self.voice, text):
                for piece in audio.hear(sound):
                    yield piece
            is_done = True
        finally:
            if not is_done:
                desk.dismiss()
        for piece in audio.end():
            yield piece


def espeak_engine(config: SpeechConfig) -> EspeakEngine:
    """Set up a voice.

    Raises:
        SpeechConfigError: There is no such voice or language, or an option was given.
    """
    config.check_options()
    found = find_voice(config.voice, config.language)
    rate = round(_WORDS_PER_MINUTE * config.speed)
    return EspeakEngine(found.identifier, config.language or found.language, rate)


class _Desk:
    """The worker of an event loop, started when it is asked for and ended with the loop."""

    def __init__(self) -> None:
        self.turn = asyncio.Lock()
        self._process: WorkerProcess | None = None
        self._keeper = asyncio.get_running_loop().create_task(self._keep())

    def process(self) -> WorkerProcess:
        if self._process is None or not self._process.is_running:
            self.dismiss()
            self._process = WorkerProcess()
        return self._process

    def dismiss(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.end()

    def abandon(self) -> None:
        if self._process is not None:
            self._process.abandon()

    async def _keep(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            await loop.create_future()
        finally:
            del _desks[loop]
            self.dismiss()


_desks: dict[asyncio.AbstractEventLoop, _Desk] = {}
_abandoned: list[_Desk] = []


def _desk() -> _Desk:
    loop = asyncio.get_running_loop()
    if loop not in _desks:
        _desks[loop] = _Desk()
    return _desks[loop]


def _abandon() -> None:
    for desk in _desks.values():
        desk.abandon()
    _abandoned.extend(_desks.values())
    _desks.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_abandon)
