"""An answer: the chunks of a text, and their speech, through one handler."""

import asyncio
import base64
from collections.abc import AsyncIterable
from typing import Any

from .exceptions import SSEPipelineError, StreamEnded
from .handler import SSEHandler
from .tts import AudioChunk, SegmentOutcome, SegmentWords, TTSStreamer

TEXT = "text_generation"
SPEECH = "tts_processing"


class Answer:
    """Sends text as it comes, and what is spoken of it; each settles its own component.

    When the text fails or the stream is cancelled, the speech is cancelled. When the speech fails,
    the text goes on.
    """

    def __init__(self, handler: SSEHandler, speech: "Speech | None" = None) -> None:
        self._handler = handler
        self._speech = speech

    async def open(self) -> None:
        """Register the components, so that the stream can be read before anything is sent."""
        await self._handler.aregister_component(TEXT)
        if self._speech is not None:
            required = self._speech.streamer.config.required
            await self._handler.aregister_component(SPEECH, required)

    async def run(self, chunks: AsyncIterable[str]) -> None:
        """Produce the answer; returns when the stream has ended, or its producers should stop."""
        writing = asyncio.create_task(self._write(chunks))
        try:
            await self._handler.cancellation()
        finally:
            writing.cancel()
            if self._speech is not None:
                self._speech.streamer.cancel()
            await asyncio.gather(writing, return_exceptions=True)

    async def _write(self, chunks: AsyncIterable[str]) -> None:
        offset = 0
        async with self._handler.component(TEXT) as text:
            async for chunk in chunks:
                await text.asend("text", chunk=chunk, offset=offset)
                offset += len(chunk)
                if self._speech is not None:
                    self._speech.feed(chunk)
        if self._speech is not None:
            self._speech.streamer.end_input()


class Speech:
    """The speech of one answer: what a streamer hands over becomes frames of its component.

    `streamer` makes the streamer; `org_config` is what it takes. Raises `SpeechConfigError` that
    names the key.
    """

    def __init__(
        self,
        handler: SSEHandler,
        org_config: object = None,
        streamer: type[TTSStreamer] = TTSStreamer,
    ) -> None:
        self._handler = handler
        self.streamer = streamer(
            org_config,
            self._on_audio,
            self._on_completion,
            word_callback=self._on_words,
            segment_callback=self._on_segment,
            note_callback=lambda note: handler.note(SPEECH, note),
        )

    def feed(self, text: str) -> None:
        """Have text spoken; what goes wrong fails the speech, and not its caller."""
        try:
            self.streamer.feed(text)
        except Exception as error:  # noqa: BLE001 - whatever it is, the text goes on
            self._fail(error)

    def _on_audio(self, chunk: AudioChunk) -> None:
        self._send(
            "audio",
            segment=chunk.segment,
            index=chunk.index,
            codec="pcm_s16le",
            sample_rate=chunk.sample_rate,
            channels=chunk.channels,
            start_ms=round(chunk.start_ms, 3),
            duration_ms=round(chunk.duration_ms, 3),
            audio=base64.b64encode(chunk.audio).decode(),
        )

    def _on_words(self, spoken: SegmentWords) -> None:
        words = [
            {
                "word": word.word,
                "start_ms": round(word.start_ms, 3),
                "end_ms": round(word.end_ms, 3),
                "from": word.begin,
                "to": word.end,
            }
            for word in spoken.words
        ]
        self._send("words", segment=spoken.segment, source=spoken.source, words=words)

    def _on_segment(self, outcome: SegmentOutcome) -> None:
        bounds = {"from": outcome.begin, "to": outcome.end}
        self._send(
            "segment",
            segment=outcome.segment,
            status=outcome.status,
            duration_ms=round(outcome.duration_ms, 3),
            reason=outcome.reason,
            **bounds,
        )

    def _on_completion(self) -> None:
        result = self.streamer.result
        if result is None or result.status == "failed":
            self._handler.fail_component(SPEECH, (result and result.reason) or "the speech failed")
        elif result.status == "cancelled":
            self._handler.fail_component(SPEECH, asyncio.CancelledError())
        else:
            self._handler.mark_component_complete(SPEECH)

    def _send(self, event: str, **fields: Any) -> None:
        try:
            self._handler.send(event, component=SPEECH, **fields)
        except StreamEnded:
            self.streamer.cancel()
        except SSEPipelineError as error:
            self._fail(error)

    def _fail(self, error: Exception) -> None:
        self._handler.fail_component(SPEECH, error)
        self.streamer.cancel()
