"""Any speech server that is compatible with the one of OpenAI."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from sse_pipeline.tts.credentials import CredentialReference, look_up_key
from sse_pipeline.tts.engine_protocol import EngineOutput
from sse_pipeline.tts.engines.loop_resources import LoopResourceCache
from sse_pipeline.tts.engines.word_times import WordTimeEstimator, speaking_rate_for
from sse_pipeline.tts.errors import EngineFailed, SpeechConfigError
from sse_pipeline.tts.results import WordSource
from sse_pipeline.tts.speech_config import NAME, SpeechConfig
from sse_pipeline.tts.speech_policy import LONGEST_ADDRESS
from sse_pipeline.tts.text.segments import Segment
from sse_pipeline.validation import Check, between, one_of, short_string

#: The most characters of `instructions`.
LONGEST_INSTRUCTIONS = 4096

_OPENAI = "https://api.openai.com/v1"
_CLIENT = "sse_pipeline.tts.engines.openai.openai_client"

_DEFAULTS: Mapping[str, Any] = {
    "base_url": _OPENAI,
    "model": "gpt-4o-mini-tts",
    "response_format": "pcm",
    "stream_format": "audio",
    "sample_rate": 24000,
    "instructions": "",
    "concurrency": 4,
}


_CHECKS: Mapping[str, Check] = {
    "base_url": short_string(LONGEST_ADDRESS),  # and the policy says more
    "model": NAME,
    "response_format": one_of(("pcm", "wav")),
    "stream_format": one_of(("audio", "sse")),
    "sample_rate": between(8000, 48000),
    "instructions": short_string(LONGEST_INSTRUCTIONS),
    "concurrency": between(1, 100),
}


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
    credentials: CredentialReference = field(repr=False)
    word_source: WordSource | None = "estimated"

    @asynccontextmanager
    async def turn(self) -> AsyncGenerator[None, None]:
        """Wait until the server has less than `concurrency` requests of this loop."""
        # The import takes a second, once. On a thread it does not stop the other speeches, and here
        # it does not count for the deadlines of the segment.
        await asyncio.to_thread(import_module, _CLIENT)
        async with _slots.get((self.base_url, self.concurrency)).turn:
            yield

    async def warm(self) -> None:
        """Import the client."""
        await asyncio.to_thread(import_module, _CLIENT)

    async def synthesize(self, segment: Segment) -> AsyncGenerator[EngineOutput, None]:
        """Speak a segment. If it is given up, its connection is closed."""
        key, client = await asyncio.to_thread(self._prepare)
        estimator = WordTimeEstimator(segment.text, self.sample_rate, speaking_rate_for(self))
        request = self._request(segment.text)
        response = client.request_speech(
            self.base_url, key, self.timeout, request, self.sample_rate
        )
        async with aclosing(response) as parts:
            try:
                async for pcm in parts:
                    for output in estimator.feed(pcm):
                        yield output
            except EngineFailed:
                for output in estimator.give_up():
                    yield output
                raise
        for output in estimator.end():
            yield output

    def _prepare(self) -> tuple[str | None, Any]:
        """Return the key and the client. Both may take a while, so this runs on a thread."""
        try:
            return look_up_key(self.credentials), import_module(_CLIENT)
        except SpeechConfigError as error:
            raise EngineFailed("the speech server's key is missing") from error

    def _request(self, text: str) -> dict[str, Any]:
        request = {
            "input": text.encode("utf-8", "replace").decode(),
            "model": self.model,
            "voice": self.voice,
            "speed": self.speed,
            "response_format": self.response_format,
        }
        # Some compatible servers refuse fields that they do not know.
        if self.instructions:
            request["instructions"] = self.instructions
        if self.stream_format != "audio":
            request["stream_format"] = self.stream_format
        return request


def make_openai_engine(
    config: SpeechConfig, find: Callable[[str], object] = find_spec
) -> OpenAIEngine:
    """Set up a voice. `find` returns None for a package that is not installed.

    Raises:
        SpeechConfigError: The client is not installed, an option is unknown or wrong, or the key
            is missing. Only a server of one's own may need no key.
    """
    if find("openai") is None:
        raise SpeechConfigError(
            "engine: 'openai' needs openai: install django-sse-pipeline[openai]"
        )
    config.check_option_values(_CHECKS)
    options = {**_DEFAULTS, **config.options}
    config.policy.check_address("options.base_url", options["base_url"])
    if config.secret() is None and options["base_url"] == _OPENAI:
        raise SpeechConfigError("credentials: must be given if options.base_url is not")
    return OpenAIEngine(
        voice=config.voice or "alloy",
        language=config.language or "en",
        speed=config.speed,
        timeout=config.segment_timeout,
        credentials=config.credentials,
        **options,
    )


class RequestSlots:
    """Limits the requests of one event loop to a server."""

    def __init__(self, server: tuple[str, int]) -> None:
        self.turn = asyncio.Semaphore(server[1])

    async def aclose(self) -> None:
        """Do nothing: a semaphore holds nothing."""

    def abandon(self) -> None:
        """Do nothing: a semaphore holds nothing."""


_slots = LoopResourceCache(RequestSlots)
