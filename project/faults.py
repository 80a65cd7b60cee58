"""Components that fail in the middle, to show how a stream ends then."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from sse_pipeline.tts import TTSStreamer

#: A text fails after so many chunks. A speech fails later, so that something is heard before.
PATIENCE = 8
SPEECH_PATIENCE = 24


async def broken_off(chunks: AsyncGenerator[str]) -> AsyncGenerator[str]:
    """Yield some chunks, then raise."""
    count = 0
    async with aclosing(chunks):
        async for chunk in chunks:
            if count == PATIENCE:
                break
            yield chunk
            count += 1
    raise RuntimeError("the text was made to fail")


class FaultyStreamer(TTSStreamer):
    """A streamer that raises after some text."""

    _fed = 0

    def feed(self, text: str) -> None:
        """Take text; raise after `SPEECH_PATIENCE` calls."""
        self._fed += 1
        if self._fed > SPEECH_PATIENCE:
            raise RuntimeError("the speech was made to fail")
        super().feed(text)

    def end_input(self) -> None:
        """Fail, even if the text was too short."""
        if self._fed <= SPEECH_PATIENCE:
            self._fed = SPEECH_PATIENCE
            self.feed("")
        super().end_input()
