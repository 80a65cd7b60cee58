"""The library: a `TTSStreamer` that is fed token by token."""

from collections.abc import Callable, Iterable

from benchmarks.speech.row import Row
from benchmarks.speech.run import Unspoken, main
from sse_pipeline.tts import TTSStreamer


class Streamer:
    """Speaks with the configuration of a row."""

    def __init__(self, row: Row) -> None:
        self._config = {
            "engine": row.engine,
            "in_flight": row.in_flight,
            "fast_start": row.fast_start,
        }

    def speak(self, tokens: Iterable[str], hear: Callable[[float], None]) -> int:
        streamer = TTSStreamer(self._config, lambda chunk: hear(chunk.duration_ms / 1000))
        for token in tokens:
            streamer.feed(token)
        streamer.end_input()
        result = streamer.wait()
        if result is None or result.status != "completed" or result.segments["failed"]:
            raise Unspoken(str(result))
        return sum(result.segments.values())


if __name__ == "__main__":
    main(Streamer)
