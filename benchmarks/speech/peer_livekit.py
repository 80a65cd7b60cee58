"""LiveKit Agents: its `StreamAdapter`, which cuts a text into sentences for our voice."""

import asyncio
from collections.abc import Callable, Iterable

from livekit.agents import APIConnectOptions, tts

from benchmarks.speech.row import Row
from benchmarks.speech.run import main
from benchmarks.speech.voice import Voice

ONCE = APIConnectOptions(max_retry=0, timeout=60)


class VoiceTTS(tts.TTS):  # type: ignore[misc]
    """Speaks a sentence."""

    def __init__(self, voice: Voice) -> None:
        super().__init__(
            capabilities=tts.TTSCapabilities(streaming=False),
            sample_rate=voice.sample_rate,
            num_channels=1,
        )
        self.voice = voice

    def synthesize(self, text: str, *, conn_options: APIConnectOptions = ONCE) -> "Sentence":
        return Sentence(tts=self, input_text=text, conn_options=conn_options)


class Sentence(tts.ChunkedStream):  # type: ignore[misc]
    """Passes the samples on, as soon as they are made."""

    async def _run(self, output_emitter: tts.AudioEmitter) -> None:
        voice = self._tts.voice
        output_emitter.initialize(
            request_id="sentence",
            sample_rate=voice.sample_rate,
            num_channels=1,
            mime_type="audio/pcm",
        )
        async for pcm in voice.speak(self.input_text):
            output_emitter.push(pcm)
        output_emitter.flush()


class Adapter:
    """Its defaults."""

    def __init__(self, row: Row) -> None:
        self._voice = Voice(row.engine)
        self._runner = asyncio.Runner()
        self._adapter = tts.StreamAdapter(tts=VoiceTTS(self._voice))

    def speak(self, tokens: Iterable[str], hear: Callable[[float], None]) -> int:
        before = self._voice.segments
        self._runner.run(self._speak(tokens, hear))
        return self._voice.segments - before

    async def _speak(self, tokens: Iterable[str], hear: Callable[[float], None]) -> None:
        loop = asyncio.get_running_loop()
        async with self._adapter.stream(conn_options=ONCE) as stream:

            def feed() -> None:
                for token in tokens:
                    loop.call_soon_threadsafe(stream.push_text, token)
                loop.call_soon_threadsafe(stream.end_input)

            feeding = asyncio.create_task(asyncio.to_thread(feed))
            async for event in stream:
                hear(event.frame.duration)
            await feeding


if __name__ == "__main__":
    main(Adapter)
