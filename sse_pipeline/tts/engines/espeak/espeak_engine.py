"""eSpeak NG: small, fast, in over a hundred languages, with the times of words."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass

import espeakng_loader

from sse_pipeline.tts.engine_protocol import EngineOutput, Words
from sse_pipeline.tts.engines.espeak import espeak_worker
from sse_pipeline.tts.engines.espeak.espeak_marks import WordMarkAligner
from sse_pipeline.tts.engines.espeak.espeak_voices import find_espeak_voice
from sse_pipeline.tts.engines.loop_resources import LoopResourceCache
from sse_pipeline.tts.engines.word_gaps import WordGapFiller
from sse_pipeline.tts.engines.workers.shared_worker import SharedWorker
from sse_pipeline.tts.results import WordSource
from sse_pipeline.tts.speech_config import SpeechConfig
from sse_pipeline.tts.text.segments import Segment

#: The rate of a voice at speed 1. eSpeak NG does not go below 80, which is speed 0.46.
_WORDS_PER_MINUTE = 175

#: Control characters end the text, or are commands for eSpeak NG. Each becomes a blank, so that the
#: positions of the other characters stay.
_CONTROLS = dict.fromkeys([*range(32), *range(127, 160)], " ")


@dataclass(frozen=True, slots=True)
class EspeakEngine:
    """A voice of eSpeak NG. All voices of a process share one worker process.

    eSpeak NG is not thread-safe: two threads in it abort the process. And it is GPL-3.0. So it runs
    in a process of its own, where a crash costs one segment.
    """

    voice: str
    language: str
    words_per_minute: int
    sample_rate: int = espeak_worker.SAMPLE_RATE
    word_source: WordSource | None = "native"

    def turn(self) -> asyncio.Lock:
        """Wait for the worker."""
        return espeak_worker_of_this_loop().turn

    async def warm(self) -> None:
        """Start the worker."""
        espeak_worker_of_this_loop().process()

    async def synthesize(self, segment: Segment) -> AsyncGenerator[EngineOutput, None]:
        """Speak a segment. If it is given up, its worker is killed: a new one starts in 45 ms."""
        aligner, filler = WordMarkAligner(segment.text), WordGapFiller(segment.text)
        async with aclosing(espeak_worker_of_this_loop().speak(self._request(segment))) as sounds:
            async for sound in sounds:
                for output in aligner.feed(sound):
                    yield _filled(filler, output)
        for output in aligner.end():
            yield _filled(filler, output, is_last=True)

    def _request(self, segment: Segment) -> bytes:
        voice, text = self.voice.encode(), segment.text.translate(_CONTROLS)
        head = espeak_worker.REQUEST.pack(self.words_per_minute, len(voice))
        return head + voice + text.encode("utf-8", "replace")


def _filled(filler: WordGapFiller, output: EngineOutput, *, is_last: bool = False) -> EngineOutput:
    if isinstance(output, Words):
        return Words(filler.fill(output.words, is_last=is_last))
    return output


def make_espeak_engine(config: SpeechConfig) -> EspeakEngine:
    """Set up a voice.

    Raises:
        SpeechConfigError: There is no such voice or language, or an option is given.
    """
    config.check_option_values({})
    found = find_espeak_voice(config.voice, config.language)
    rate = round(_WORDS_PER_MINUTE * config.speed)
    return EspeakEngine(found.identifier, config.language or found.language, rate)


def espeak_worker_of_this_loop() -> SharedWorker:
    """Return the worker of the running event loop. Its process starts with the first request."""
    return _workers.get(None)


def espeak_workers_of_this_process() -> list[SharedWorker]:
    """Return the workers of all event loops."""
    return _workers.all_loops()


def _make_worker(_: None) -> SharedWorker:
    paths = espeakng_loader.get_library_path(), espeakng_loader.get_data_path()
    # -I -S: the program needs the standard library only, and starts sooner without site-packages.
    return SharedWorker(("-I", "-S"), (espeak_worker.__file__, *paths))


_workers = LoopResourceCache(_make_worker)
