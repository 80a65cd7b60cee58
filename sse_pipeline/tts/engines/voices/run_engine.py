"""Gives each run of a text to a voice that can say it."""

import asyncio
import unicodedata
from collections.abc import AsyncGenerator, Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, aclosing
from dataclasses import dataclass, replace
from functools import lru_cache

from sse_pipeline.escaping import make_logger
from sse_pipeline.tts.engine_protocol import Audio, Engine, EngineOutput, WarmEngine, Words
from sse_pipeline.tts.engines.output_converter import OutputConverter
from sse_pipeline.tts.engines.voices.run_voices import RunVoices
from sse_pipeline.tts.engines.voices.writing_scripts import (
    can_say,
    language_of_script,
    script_of,
    scripts_of_language,
)
from sse_pipeline.tts.errors import CannotSpeak, EngineFailed
from sse_pipeline.tts.results import SAMPLE_BYTES, WordSource
from sse_pipeline.tts.text.segments import Segment

logger = make_logger(__name__)

#: A voice that has no sound for a text still gives some milliseconds, in seconds.
_NO_SOUND = 0.03
#: How long a run waits for its voice, in seconds. Its segment holds the turn of the main voice
#: meanwhile: two segments that hold the voice of each other must not wait for ever.
_TURN = 2.0


@dataclass(frozen=True, slots=True)
class TextRun:
    """A part of a text, and the language of the voice that says it; None for the main voice."""

    begin: int
    end: int
    language: str | None


@dataclass(frozen=True, slots=True)
class RunEngine:
    """The voice of a language that leaves runs of other scripts to other voices.

    What no voice can say is left out.
    """

    main: Engine
    #: The scripts that the main voice reads.
    scripts: frozenset[str]
    voices: RunVoices
    probe: str = "1"

    @property
    def language(self) -> str:
        """The language of the main voice."""
        return self.main.language

    @property
    def sample_rate(self) -> int:
        """The sample rate of the main voice."""
        return self.main.sample_rate

    @property
    def word_source(self) -> WordSource | None:
        """The word source of the main voice. Words of another voice carry their own."""
        return self.main.word_source

    def turn(self) -> AbstractAsyncContextManager[object]:
        """Wait for the main voice."""
        return self.main.turn()

    async def warm(self) -> None:
        """Make the main voice ready."""
        if isinstance(self.main, WarmEngine):
            await self.main.warm()

    def spoken_text(self, text: str) -> str:
        """Return the text with a blank for each letter or digit that no voice can say."""
        return text if text.isascii() else "".join(self._spoken(each, text) for each in text)

    async def synthesize(self, segment: Segment) -> AsyncGenerator[EngineOutput, None]:
        """Speak a segment, run by run.

        Raises:
            CannotSpeak: No voice gave a sound for any run.
            EngineFailed: The main voice failed, or no voice could speak.
        """
        text = self.spoken_text(segment.text)
        samples = 0
        for run in self._runs(text):
            start = samples
            part = replace(segment, text=text[run.begin : run.end], spans=())
            async with aclosing(self._speak_run(part, run.language)) as outputs:
                async for output in outputs:
                    yield _placed(output, run.begin, start)
                    samples += len(output.pcm) // SAMPLE_BYTES if isinstance(output, Audio) else 0
        if not samples:
            raise CannotSpeak("the voice has no sound for it")

    def _spoken(self, character: str, text: str) -> str:
        if not character.isalnum() or character.isascii():
            return character
        if unicodedata.category(character) == "Nd" and script_of(character) not in self.scripts:
            return str(unicodedata.decimal(character))
        return " " if self._language_of(character, text) == "" else character

    def _language_of(self, character: str, text: str) -> str | None:
        """Return the language of the voice for a letter; None for the main voice, "" for none."""
        if can_say(character, self.scripts):
            return None
        return _language_with_voice(self.voices, script_of(character), _has_kana(text)) or ""

    def _runs(self, text: str) -> Iterator[TextRun]:
        """Cut a text where its voice changes. Punctuation stays with what is before it."""
        begin, language, is_begun = 0, None, False
        for place, character in enumerate(text):
            if not character.isalnum():
                continue
            wanted = None if character.isascii() else self._language_of(character, text)
            if is_begun and wanted != language:
                yield TextRun(begin, place, language)
                begin = place
            language, is_begun = wanted, True
        yield TextRun(begin, len(text), language)

    async def _speak_run(
        self, part: Segment, language: str | None
    ) -> AsyncGenerator[EngineOutput, None]:
        """Speak a run with the first voice that gives sound. Give nothing if none does."""
        if language is None:
            async for output in _sound_of(self.main, part):
                yield output
            return
        for voice in self.voices.find(language):
            converter, is_heard = OutputConverter(voice, self.sample_rate), False
            try:
                async with AsyncExitStack() as held:
                    await self._take_turn(voice, held)
                    outputs = await held.enter_async_context(aclosing(_sound_of(voice, part)))
                    async for output in outputs:
                        is_heard = True
                        yield converter.convert(output)
            except (EngineFailed, TimeoutError) as error:
                logger.warning("a run in %s was not spoken: %s", language, error)
            if is_heard:
                yield converter.end()
                return

    async def _take_turn(self, voice: Engine, held: AsyncExitStack) -> None:
        # Voices of one worker have one turn, which this segment holds already.
        if voice.turn() is not self.main.turn():
            async with asyncio.timeout(_TURN):
                await held.enter_async_context(voice.turn())


async def _sound_of(voice: Engine, part: Segment) -> AsyncGenerator[EngineOutput, None]:
    """Yield what a voice gives for a text; nothing if it has no sound for it."""
    opening: list[EngineOutput] | None = []
    samples, least = 0, _NO_SOUND * voice.sample_rate
    async with aclosing(voice.synthesize(part)) as outputs:
        async for output in outputs:
            if opening is None:
                yield output
                continue
            opening.append(output)
            samples += len(output.pcm) // SAMPLE_BYTES if isinstance(output, Audio) else 0
            if samples > least:
                for each in opening:
                    yield each
                opening = None


def _placed(output: EngineOutput, begin: int, start: int) -> EngineOutput:
    if isinstance(output, Audio) or not (begin or start):
        return output
    words = (
        replace(
            word,
            begin=word.begin + begin,
            end=word.end + begin,
            start_sample=word.start_sample + start,
            end_sample=word.end_sample + start,
        )
        for word in output.words
    )
    return Words(tuple(words), output.source)


def _has_kana(text: str) -> bool:
    return any(script_of(each) in ("Hira", "Kana") for each in text)


@lru_cache(1024)
def _language_with_voice(voices: RunVoices, script: str, has_kana: bool) -> str | None:
    language = language_of_script(script, has_kana=has_kana)
    if language is None or script not in scripts_of_language(language):
        return None
    return language if voices.find(language) else None
