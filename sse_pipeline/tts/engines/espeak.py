"""eSpeak NG: small, fast, in over a hundred languages, with the times of words."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass

import espeakng_loader

from sse_pipeline.tts.config import SpeechConfig
from sse_pipeline.tts.engine import Audio, Words
from sse_pipeline.tts.events import WordSource
from sse_pipeline.tts.segmentation import Segment

from . import espeak_worker
from .desk import Desk
from .espeak_marks import MarkedAudio
from .espeak_voices import find_voice
from .espeak_worker import SAMPLE_RATE
from .loop_bound import LoopBound

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
        return _desks.find(None).turn

    async def synthesize(self, segment: Segment) -> AsyncGenerator[Audio | Words, None]:
        """Speak a segment; one that is given up costs the worker, and the next has a new one."""
        audio = MarkedAudio(segment.text)
        voice, text = self.voice.encode(), segment.text.translate(_CONTROLS)
        head = espeak_worker.REQUEST.pack(self.words_per_minute, len(voice))
        request = head + voice + text.encode("utf-8", "replace")
        async with aclosing(_desks.find(None).speak(request)) as sounds:
            async for sound in sounds:
                for piece in audio.hear(sound):
                    yield piece
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


def _desk(voices: None) -> Desk:
    paths = espeakng_loader.get_library_path(), espeakng_loader.get_data_path()
    return Desk(("-I", "-S"), (espeak_worker.__file__, *paths))


_desks = LoopBound(_desk)
