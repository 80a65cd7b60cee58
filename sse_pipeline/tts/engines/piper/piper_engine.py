"""Piper: neural voices that run on the processor, with the times of words."""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import regex

from sse_pipeline.tts.engine_protocol import Audio, EngineOutput, TimedWord, Words
from sse_pipeline.tts.engines.loop_resources import LoopResourceCache
from sse_pipeline.tts.engines.piper.piper_voices import find_piper_model
from sse_pipeline.tts.engines.word_boundaries import find_words
from sse_pipeline.tts.engines.word_times import spread_words
from sse_pipeline.tts.engines.workers.shared_worker import SharedWorker
from sse_pipeline.tts.errors import SpeechConfigError
from sse_pipeline.tts.results import SAMPLE_BYTES, WordSource
from sse_pipeline.tts.speech_config import NAME, SpeechConfig
from sse_pipeline.tts.text.segmenter import Segmenter
from sse_pipeline.tts.text.segments import Segment
from sse_pipeline.tts.text.spoken_spans import SpokenSpan
from sse_pipeline.validation import optional, short_string

#: Each control character becomes a blank, so that the positions of the other characters stay.
_CONTROL = regex.compile(r"\p{Cc}")

# The path, not the module: the worker imports numpy and the model's library, the parent must not.
_PROGRAM = str(Path(__file__).with_name("piper_worker.py"))

#: No file system has longer paths.
_FOLDER = short_string(4096)

#: The most characters of one run of the model: its memory grows with them.
_RUN_CHARACTERS = 300
#: Seconds that a run of the model may go on after it was given up. A run can't be interrupted, and
#: to load the model again takes longer than to wait.
PATIENCE = 3.0


@dataclass(frozen=True, slots=True)
class PiperEngine:
    """A voice of Piper. The voices of a process have one worker process for each model.

    A worker speaks one segment after the other: one run of a model keeps all processors busy.
    """

    model: str
    language: str
    sample_rate: int
    speed: float
    speaker: int | None
    word_source: WordSource | None
    patience: float = PATIENCE

    def turn(self) -> asyncio.Lock:
        """Wait for the worker of the model."""
        return self.worker_of_this_loop().turn

    def worker_of_this_loop(self) -> SharedWorker:
        """Return the worker of the model for the running event loop."""
        return _workers.get((self.model, self.patience))

    async def warm(self) -> None:
        """Start the worker, which loads the model."""
        self.worker_of_this_loop().process()

    async def synthesize(self, segment: Segment) -> AsyncGenerator[EngineOutput, None]:
        """Speak a segment, sentence by sentence."""
        worker = self.worker_of_this_loop()
        start = 0
        for begin, sentence in _sentences(segment.text, self.language):
            async with aclosing(worker.speak(self._request(sentence))) as sounds:
                async for sound in sounds:
                    line, _, pcm = sound.partition(b"\n")
                    yield words_of_sound(begin, sentence, start, json.loads(line), pcm)
                    yield Audio(pcm)
                    start += len(pcm) // SAMPLE_BYTES

    def _request(self, sentence: str) -> bytes:
        words = [(word.begin, word.end) for word in find_words(sentence)]
        request = {"text": sentence, "words": words, "speed": self.speed, "speaker": self.speaker}
        return json.dumps(request).encode()


def make_piper_engine(
    config: SpeechConfig,
    *,
    patience: float = PATIENCE,
    find: Callable[[str], object] = find_spec,
) -> PiperEngine:
    """Set up a voice.

    `patience` is how many seconds a run of the model may go on after it was given up. `find`
    returns None for a package that is not installed.

    Raises:
        SpeechConfigError: Piper is not installed, there is no such voice, language or speaker, or
            an option is unknown.
    """
    if find("piper") is None:
        raise SpeechConfigError(
            "engine: 'piper' needs piper-tts: install django-sse-pipeline[piper]"
        )
    config.check_option_values({"folder": optional(_FOLDER), "speaker": optional(NAME)})
    if (folder := config.options.get("folder")) is not None:
        config.policy.check_folder("options.folder", folder)
    model = find_piper_model(config.voice, config.language, folder)
    return PiperEngine(
        model=model.path,
        language=config.language or model.language,
        sample_rate=model.sample_rate,
        speed=config.speed,
        speaker=model.speaker(config.options.get("speaker")),
        # The alignment of Piper needs onnx. Without it the model gives no word times.
        word_source="estimated" if find("onnx") is None else "aligned",
        patience=patience,
    )


def piper_workers_of_this_process() -> list[SharedWorker]:
    """Return the workers of all models and event loops."""
    return _workers.all_loops()


def words_of_sound(begin: int, text: str, start: int, spans: list[list[int]], pcm: bytes) -> Words:
    """Return the words of a sentence that was spoken.

    `begin` and `start` are the place of the sentence in its segment, and the sample where its
    audio begins. `spans` holds the first and last sample of each word, or nothing if the model does
    not tell: then the words are spread over the audio.
    """
    if not spans:
        words = spread_words(text, len(pcm) // SAMPLE_BYTES, begin, start)
        return Words(tuple(words), "estimated")
    timed = zip(find_words(text), spans, strict=True)
    return Words(
        tuple(
            TimedWord(begin + word.begin, begin + word.end, start + first, start + last)
            for word, (first, last) in timed
        ),
        "aligned",
    )


def _sentences(text: str, language: str) -> Iterator[tuple[int, str]]:
    """Cut a segment into sentences. Piper itself would cut it at "Dr." as well."""
    segmenter = Segmenter(language, _RUN_CHARACTERS)
    text = _CONTROL.sub(" ", text.encode("utf-8", "replace").decode())
    for sentence in [*segmenter.feed([SpokenSpan(text, 0, len(text))]), *segmenter.flush()]:
        if sentence.is_speakable:
            yield sentence.begin, sentence.text


def _make_worker(key: tuple[str, float]) -> SharedWorker:
    model, patience = key
    # -P: the folder of the program must not be on the path, where `piper_worker` stands.
    return SharedWorker(("-P",), (_PROGRAM, model), patience)


_workers = LoopResourceCache(_make_worker)
