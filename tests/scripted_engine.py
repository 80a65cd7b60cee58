"""An engine in this process that does what the text tells it."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, nullcontext
from threading import Event

from sse_pipeline.tts import EngineFailed
from sse_pipeline.tts.engines import Audio, TimedWord, Words
from sse_pipeline.tts.events import WordSource
from sse_pipeline.tts.segmentation import Segment

SAMPLE_RATE = 1000

#: Samples for each character of a segment.
CHARACTER = 10


class ScriptedEngine:
    """Speaks 10 ms for each character, in two pieces, unless the segment says otherwise.

    "fail" fails it before the audio and "break" in the middle, "crash" raises something else,
    "abort" raises a cancellation of its own, "empty" gives no audio and "stall" none for ever.
    """

    language = "en"
    sample_rate = SAMPLE_RATE
    word_source: WordSource | None = "aligned"

    def __init__(self) -> None:
        self.spoken: list[int] = []
        self.stalled = Event()
        self.released = Event()

    def turn(self) -> AbstractAsyncContextManager[object]:
        return nullcontext()

    async def synthesize(self, segment: Segment) -> AsyncGenerator[Audio | Words, None]:
        self.spoken.append(segment.number)
        try:
            async for piece in self._speak(segment.text):
                yield piece
        finally:
            self.released.set()

    async def _speak(self, text: str) -> AsyncGenerator[Audio | Words, None]:
        if "fail" in text:
            raise EngineFailed("as scripted")
        if "crash" in text:
            raise RuntimeError("a secret")
        if "abort" in text:
            raise asyncio.CancelledError
        if "stall" in text:
            self.stalled.set()
            await asyncio.Event().wait()
        if "empty" in text:
            yield Audio(b"")
            return
        half = len(text) // 2 * CHARACTER
        yield Words((TimedWord(0, len(text), 0, len(text) * CHARACTER),))
        yield Audio(b"\x01\x00" * half)
        await asyncio.sleep(0)
        if "break" in text:
            raise EngineFailed("as scripted")
        yield Audio(b"\x02\x00" * (len(text) * CHARACTER - half))
