"""A speech engine that fails as a test tells it to."""

import asyncio
import re
from collections.abc import AsyncGenerator, Mapping
from contextlib import AbstractAsyncContextManager, aclosing, nullcontext
from threading import Event
from typing import Literal, get_args

from sse_pipeline.tts import EngineFailed
from sse_pipeline.tts.engines import Audio, TimedWord, Words
from sse_pipeline.tts.results import WordSource
from sse_pipeline.tts.text.segments import Segment

Fault = Literal[
    "refuse",  # fails before the first audio
    "crash",  # raises an error that no engine should raise
    "abort",  # raises a cancellation although nobody cancelled
    "empty",  # gives audio without a sample
    "json",  # gives a document instead of audio
    "truncate",  # ends without an error after a small part
    "late",  # fails in the middle
    "stall",  # gives nothing for ever
    "hang",  # gives half, then nothing for ever
    "drip",  # gives a sample now and then for ever
    "endless",  # gives audio without end
    "overtaken",  # speaks when a later segment has spoken
]

#: Samples for each character of a segment.
CHARACTER = 20

_SAMPLE = b"\x01\x00"

Outputs = AsyncGenerator[Audio | Words, None]


class ScriptedEngine:
    """Speaks 20 samples for each character, in two parts, where no fault is given.

    `faults` says what goes wrong. Its keys are the number of a segment, or a word in its text.

    Raises:
        ValueError: A fault is unknown. The message names its key.
    """

    def __init__(
        self,
        faults: Mapping[int | str, Fault] | None = None,
        *,
        language: str = "en",
        sample_rate: int = 1000,
        word_source: WordSource | None = "aligned",
    ) -> None:
        self._faults = faults or {}
        for key, fault in self._faults.items():
            if fault not in get_args(Fault):
                known = ", ".join(get_args(Fault))
                raise ValueError(f"faults: {key!r} has {fault!r}, which is not one of {known}")
        self.language = language
        self.sample_rate = sample_rate
        self.word_source = word_source
        #: The segments that it was given, in this order.
        self.given: list[Segment] = []
        #: How many segments it speaks at this moment.
        self.speaking = 0
        #: `stalled` is set when it stalls or hangs, `released` when it is given up there.
        self.stalled = Event()
        self.released = Event()
        self._overtaking = asyncio.Event()

    def turn(self) -> AbstractAsyncContextManager[object]:
        """Take any number of segments at a time."""
        return nullcontext()

    async def synthesize(self, segment: Segment) -> Outputs:
        """Speak a segment, or fail as a fault says."""
        self.given.append(segment)
        fault = self._fault(segment)
        act = getattr(self, f"_{fault}") if fault else self._speak
        self.speaking += 1
        try:
            async with aclosing(act(segment.text)) as outputs:
                async for output in outputs:
                    yield output
        finally:
            self.speaking -= 1

    def _fault(self, segment: Segment) -> Fault | None:
        for key, fault in self._faults.items():
            if key == segment.number or (isinstance(key, str) and key in segment.text):
                return fault
        return None

    async def _speak(self, text: str) -> Outputs:
        yield Words(tuple(_words(text)))
        yield _audio(text, 1 / 2)
        await asyncio.sleep(0)
        yield _audio(text, 1 / 2)
        self._overtaking.set()

    async def _overtaken(self, text: str) -> Outputs:
        await self._overtaking.wait()
        async for output in self._speak(text):
            yield output

    async def _refuse(self, text: str) -> Outputs:
        raise EngineFailed("as scripted")
        yield

    async def _crash(self, text: str) -> Outputs:
        raise RuntimeError("a secret")
        yield

    async def _abort(self, text: str) -> Outputs:
        raise asyncio.CancelledError
        yield

    async def _empty(self, text: str) -> Outputs:
        yield Audio(b"")

    async def _json(self, text: str) -> Outputs:
        yield Audio(b'{"error": {"message": "no"}}')

    async def _truncate(self, text: str) -> Outputs:
        yield _audio(text, 1 / 8)

    async def _late(self, text: str) -> Outputs:
        yield _audio(text, 1 / 2)
        raise EngineFailed("as scripted")

    async def _stall(self, text: str) -> Outputs:
        await self._wait_for_ever()
        yield Audio(b"")

    async def _hang(self, text: str) -> Outputs:
        yield _audio(text, 1 / 2)
        await self._wait_for_ever()

    async def _wait_for_ever(self) -> None:
        self.stalled.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.released.set()

    async def _drip(self, text: str) -> Outputs:
        while True:
            yield Audio(_SAMPLE)
            await asyncio.sleep(0.001)

    async def _endless(self, text: str) -> Outputs:
        while True:
            yield Audio(_SAMPLE * 10_000)
            await asyncio.sleep(0)


def _audio(text: str, share: float) -> Audio:
    return Audio(_SAMPLE * round(len(text) * CHARACTER * share))


def _words(text: str) -> list[TimedWord]:
    return [
        TimedWord(match.start(), match.end(), match.start() * CHARACTER, match.end() * CHARACTER)
        for match in re.finditer(r"\S+", text)
    ]
