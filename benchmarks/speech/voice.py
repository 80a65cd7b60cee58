"""An engine of the library. The peers speak with it, too, so that all have the same voice."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from sse_pipeline.tts import SpeechConfig
from sse_pipeline.tts.engines import Audio
from sse_pipeline.tts.engines.engine_catalogue import find_engine
from sse_pipeline.tts.text.segments import Segment


class Voice:
    """Speaks one text at a time, as soon as it is asked to."""

    def __init__(self, engine: str) -> None:
        self._engine = find_engine(SpeechConfig(engine=engine))
        self.sample_rate = self._engine.sample_rate
        #: How many texts it has spoken.
        self.segments = 0

    async def speak(self, text: str) -> AsyncGenerator[bytes]:
        """Yield the samples of a text, while they are made; all in one event loop."""
        self.segments += 1
        async with (
            self._engine.turn(),
            aclosing(self._engine.synthesize(Segment(self.segments, text, 0))) as outputs,
        ):
            async for output in outputs:
                if isinstance(output, Audio):
                    yield output.pcm

    def seconds(self, pcm: bytes) -> float:
        """Return how long some samples last."""
        return len(pcm) / 2 / self.sample_rate
