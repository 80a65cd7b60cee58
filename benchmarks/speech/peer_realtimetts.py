"""RealtimeTTS: its stream, muted, around an engine that speaks with our voice."""

import asyncio
from collections.abc import Callable, Iterable

import pyaudio
from RealtimeTTS import BaseEngine, TextToAudioStream

from benchmarks.speech.row import Row
from benchmarks.speech.run import Unspoken, main
from benchmarks.speech.voice import Voice
from sse_pipeline.tts.speech_loop import speech_loop


class VoiceEngine(BaseEngine):  # type: ignore[misc]
    """Puts the samples into the queue of the stream, as soon as they are made."""

    def __init__(self, voice: Voice) -> None:
        self.voice = voice

    def get_stream_info(self) -> tuple[int, int, int]:
        return pyaudio.paInt16, 1, self.voice.sample_rate

    def synthesize(self, text: str, sentence_count: int = 0) -> bool:
        super().synthesize(text, sentence_count)
        asyncio.run_coroutine_threadsafe(self._speak(text), speech_loop()).result()
        return True

    async def _speak(self, text: str) -> None:
        async for pcm in self.voice.speak(text):
            self.queue.put(pcm)


class Stream:
    """Its defaults, but for the tokenizer: the default one downloads its data."""

    def __init__(self, row: Row) -> None:
        self._voice = Voice(row.engine)
        self._fast_start = row.fast_start
        self._stream = TextToAudioStream(
            VoiceEngine(self._voice), muted=True, tokenizer="rule-based"
        )

    def speak(self, tokens: Iterable[str], hear: Callable[[float], None]) -> int:
        before = self._voice.segments
        self._stream.feed(iter(tokens))
        self._stream.play(
            fast_sentence_fragment=self._fast_start,
            on_audio_chunk=lambda pcm: hear(self._voice.seconds(pcm)),
        )
        if self._stream.error_flag:
            raise Unspoken("RealtimeTTS failed")
        return self._voice.segments - before


if __name__ == "__main__":
    main(Stream)
