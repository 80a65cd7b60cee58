"""Any speech server that is compatible with that of OpenAI."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from sse_pipeline.tts.config import SpeechConfig
from sse_pipeline.tts.credentials import Reference, resolve
from sse_pipeline.tts.engine import Audio, Words
from sse_pipeline.tts.events import WordSource
from sse_pipeline.tts.exceptions import EngineFailed, SpeechConfigError
from sse_pipeline.tts.segmentation import Segment

from .estimation import EstimatedSpeech, pace_of
from .loop_bound import LoopBound

_OPENAI = "https://api.openai.com/v1"
_SERVER = "sse_pipeline.tts.engines.openai_server"

#: The options, with their defaults.
_OPTIONS: dict[str, Any] = {
    "base_url": _OPENAI,
    "model": "gpt-4o-mini-tts",
    "response_format": "pcm",
    "stream_format": "audio",
    "sample_rate": 24000,
    "instructions": "",
    "concurrency": 4,
}
_CHOICES = {"response_format": ("pcm", "wav"), "stream_format": ("audio", "sse")}
_RANGES = {"sample_rate": (8000, 48000), "concurrency": (1, 100)}


@dataclass(frozen=True, slots=True)
class OpenAIEngine:
    """A voice of a speech server.

    The key is looked up for each segment. Each event loop has one pool of connections.
    """

    base_url: str
    model: str
    voice: str
    language: str
    speed: float
    response_format: str
    stream_format: str
    sample_rate: int
    instructions: str
    concurrency: int
    timeout: float
    credentials: Reference = field(repr=False)
    word_source: WordSource | None = "estimated"

    @asynccontextmanager
    async def turn(self) -> AsyncGenerator[None, None]:
        """Wait until the server is asked less than `concurrency` times at once."""
        await asyncio.to_thread(import_module, _SERVER)  # It takes a second, once.
        async with _queues.find((self.base_url, self.concurrency)).turn:
            yield

    async def synthesize(self, segment: Segment) -> AsyncGenerator[Audio | Words, None]:
        """Speak a segment; one that is given up closes its connection."""
        key, server = await asyncio.to_thread(self._prepare)
        speech = EstimatedSpeech(segment.text, self.sample_rate, pace_of(self))
        question = self._question(segment.text)
        asking = server.ask(self.base_url, key, self.timeout, question, self.sample_rate)
        async with aclosing(asking) as sound:
            async for pcm in sound:
                for piece in speech.hear(pcm):
                    yield piece
        for piece in speech.end():
            yield piece

    def _prepare(self) -> tuple[str | None, Any]:
        """Look up the key, which may take its time, and find the client."""
        try:
            return resolve(self.credentials), import_module(_SERVER)
        except SpeechConfigError as error:
            raise EngineFailed("the speech server's key is missing") from error

    def _question(self, text: str) -> dict[str, Any]:
        question = {
            "input": text.encode("utf-8", "replace").decode(),
            "model": self.model,
            "voice": self.voice,
            "speed": self.speed,
            "response_format": self.response_format,
        }
        if self.instructions:
            question["instructions"] = self.instructions
        if self.stream_format != "audio":
            question["stream_format"] = self.stream_format
        return question


def openai_engine(config: SpeechConfig) -> OpenAIEngine:
    """Set up a voice.

    Raises:
        SpeechConfigError: The client is not installed, an option is unknown or unusable, or the
            key is missing; only a server of one's own may need none.
    """
    if find_spec("openai") is None:
        raise SpeechConfigError(
            "engine: 'openai' needs openai: install django-sse-pipeline[openai]."
        )
    config.check_options(*_OPTIONS)
    options = {**_OPTIONS, **config.options}
    for key, value in options.items():
        _check_option(key, value)
    if config.secret() is None and options["base_url"] == _OPENAI:
        raise SpeechConfigError("credentials: expected, for there is no options.base_url.")
    return OpenAIEngine(
        voice=config.voice or "alloy",
        language=config.language or "en",
        speed=config.speed,
        timeout=config.segment_timeout,
        credentials=config.credentials,
        **options,
    )


def _check_option(key: str, value: object) -> None:
    if not isinstance(value, type(_OPTIONS[key])) or isinstance(value, bool):
        kind = "a whole number" if key in _RANGES else "a string"
        raise SpeechConfigError(f"options.{key}: expected {kind}.")
    if key in _CHOICES and value not in _CHOICES[key]:
        raise SpeechConfigError(f"options.{key}: expected {' or '.join(_CHOICES[key])}.")
    if key in _RANGES and isinstance(value, int):
        least, most = _RANGES[key]
        if not least <= value <= most:
            raise SpeechConfigError(f"options.{key}: expected a number from {least} to {most}.")
    if key == "base_url" and not str(value).startswith(("http://", "https://")):
        raise SpeechConfigError("options.base_url: expected the address of a server.")


class _Queue:
    """Who waits for a server in one event loop."""

    def __init__(self, place: tuple[str, int]) -> None:
        self.turn = asyncio.Semaphore(place[1])

    async def aclose(self) -> None:
        """End it: it holds nothing."""

    def abandon(self) -> None:
        """Leave it to the parent."""


_queues = LoopBound(_Queue)
