"""Piper: neural voices that run on a processor, with the times of words."""

import asyncio
import json
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import regex

from sse_pipeline.tts.config import SpeechConfig
from sse_pipeline.tts.engine import Audio, TimedWord, Words
from sse_pipeline.tts.events import WordSource
from sse_pipeline.tts.exceptions import SpeechConfigError
from sse_pipeline.tts.segmentation import Segment, Segmenter
from sse_pipeline.tts.speech_text import Piece

from .desk import Desk
from .estimation import spread
from .loop_bound import LoopBound
from .piper_voices import find_voice
from .words import find_words

#: Becomes a blank, so that positions stay.
_CONTROL = regex.compile(r"\p{Cc}")

_PROGRAM = str(Path(__file__).with_name("piper_worker.py"))
_SAMPLE_BYTES = 2

#: The most characters of one run of the model, whose memory grows with them.
_RUN_CHARACTERS = 300
#: Seconds that a run which was given up may go on: to load the model anew takes longer.
_PATIENCE = 3.0


@dataclass(frozen=True, slots=True)
class PiperEngine:
    """A voice of Piper; the voices of a process have a worker process for each model.

    A worker speaks one segment after the other: a run of a model keeps all processors busy.
    """

    model: str
    language: str
    sample_rate: int
    speed: float
    speaker: int | None
    word_source: WordSource | None

    def turn(self) -> asyncio.Lock:
        """Wait for the worker of the model."""
        return _desks.find(self.model).turn

    async def synthesize(self, segment: Segment) -> AsyncGenerator[Audio | Words, None]:
        """Speak a segment, sentence by sentence."""
        desk = _desks.find(self.model)
        start = 0
        for begin, sentence in _sentences(segment.text, self.language):
            async with aclosing(desk.speak(self._request(sentence))) as sounds:
                async for sound in sounds:
                    line, _, pcm = sound.partition(b"\n")
                    yield _words(begin, sentence, start, json.loads(line), pcm)
                    yield Audio(pcm)
                    start += len(pcm) // _SAMPLE_BYTES

    def _request(self, sentence: str) -> bytes:
        words = [(word.begin, word.end) for word in find_words(sentence)]
        request = {"text": sentence, "words": words, "speed": self.speed, "speaker": self.speaker}
        return json.dumps(request).encode()


def piper_engine(config: SpeechConfig) -> PiperEngine:
    """Set up a voice.

    Raises:
        SpeechConfigError: Piper is not installed, there is no such voice, language or speaker, or
            an option is unknown.
    """
    if find_spec("piper") is None:
        raise SpeechConfigError(
            "engine: 'piper' needs piper-tts: install django-sse-pipeline[piper]."
        )
    config.check_options("folder", "speaker")
    for key in ("folder", "speaker"):
        if not isinstance(config.options.get(key), str | None):
            raise SpeechConfigError(f"options.{key}: expected a string.")
    voice = find_voice(config.voice, config.language, config.options.get("folder"))
    return PiperEngine(
        model=voice.model,
        language=config.language or voice.language,
        sample_rate=voice.sample_rate,
        speed=config.speed,
        speaker=voice.speaker(config.options.get("speaker")),
        word_source="estimated" if find_spec("onnx") is None else "aligned",
    )


def _sentences(text: str, language: str) -> Iterator[tuple[int, str]]:
    """Cut a segment, for Piper would cut it at "Dr."."""
    segmenter = Segmenter(language, _RUN_CHARACTERS)
    text = _CONTROL.sub(" ", text.encode("utf-8", "replace").decode())
    for sentence in [*segmenter.feed([Piece(text, 0, len(text))]), *segmenter.flush()]:
        if sentence.is_speakable:
            yield sentence.begin, sentence.text


def _words(begin: int, text: str, start: int, spans: list[list[int]], pcm: bytes) -> Words:
    if not spans:
        return Words(tuple(spread(text, len(pcm) // _SAMPLE_BYTES, begin, start)), "estimated")
    timed = zip(find_words(text), spans, strict=True)
    return Words(
        tuple(
            TimedWord(begin + word.begin, begin + word.end, start + first, start + last)
            for word, (first, last) in timed
        ),
        "aligned",
    )


def _desk(model: str) -> Desk:
    return Desk(("-P",), (_PROGRAM, model), _PATIENCE)


_desks = LoopBound(_desk)
