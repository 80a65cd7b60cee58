"""An answer: the chunks of a text and their speech, in one stream."""

import asyncio
import base64
import contextlib
import os
import weakref
from collections.abc import AsyncGenerator, AsyncIterable, Callable
from typing import Any

from . import conf
from .conf import UNSET
from .exceptions import SSEPipelineError, StreamEnded, StreamNotFound
from .handler import SSEHandler
from .lifecycle.registry import Component
from .streams.component import make_component
from .streams.occupancy import Occupancy
from .tts import (
    OPUS,
    AudioChunk,
    SegmentOutcome,
    SegmentWords,
    SpeechPolicy,
    TTSStreamer,
    warm_up_all,
)

TEXT = "text_generation"
SPEECH = "tts_processing"


def components(*, speech: bool, required: bool = False) -> list[Component]:
    """Return the components of an answer, to declare them when a handler is made."""
    spoken = [make_component(SPEECH, required, UNSET)] if speech else []
    return [make_component(TEXT, True, UNSET), *spoken]


def speech_policy() -> SpeechPolicy:
    """Return what a configuration of speech may name, as the settings say."""
    settings = conf.get()
    return SpeechPolicy(settings.SPEECH_VARIABLES, settings.SPEECH_HOSTS, settings.SPEECH_FOLDERS)


def warm_voices() -> None:
    """Make the voices of `SPEECH_WARM` ready, because the site starts."""
    if configs := conf.get().SPEECH_WARM:
        warm_up_all(configs, speech_policy())


class Answer:
    """Sends a text as it comes, and its speech. Each settles a component of its own.

    When the text fails or the stream is cancelled, the speech is cancelled. When the speech fails,
    the text goes on.
    """

    def __init__(self, handler: SSEHandler, speech: "Speech | None" = None) -> None:
        self._handler = handler
        self._speech = speech

    async def open(self) -> None:
        """Register the components, so that the stream can be read before anything is sent.

        The voice is made ready meanwhile.

        Raises:
            TooManyOpen: `STREAMS` or `OWNER_STREAMS` are open.
        """
        required = self._speech is not None and self._speech.streamer.config.required
        try:
            for each in components(speech=self._speech is not None, required=required):
                await self._handler.aregister_component(each.name, each.required, each.timeout)
        except BaseException:
            if self._speech is not None:
                self._speech.withdraw()
            raise
        if self._speech is not None:
            self._speech.streamer.warm()

    async def run(self, chunks: AsyncIterable[str]) -> None:
        """Produce the answer; return when the stream has ended, or is cancelled.

        When the task is cancelled, both components are settled before the error is raised.
        """
        writing = asyncio.create_task(self._write(chunks))
        try:
            await self._handler.cancellation()
        finally:
            writing.cancel()
            self._silence()
            await asyncio.gather(writing, return_exceptions=True)
            await self._settle_text(asyncio.CancelledError())

    async def cancel(self) -> None:
        """Cancel an answer that was never run."""
        await self._handler.acancel()
        self._silence()
        await self._settle_text(asyncio.CancelledError())

    async def _write(self, chunks: AsyncIterable[str]) -> None:
        try:
            await self._send_text(chunks)
        except Exception as error:
            await self._settle_text(error)  # in case it could not even begin
            raise

    async def _send_text(self, chunks: AsyncIterable[str]) -> None:
        offset = 0
        async with self._handler.component(TEXT) as text, _closing(chunks):
            async for chunk in chunks:
                await text.asend("text", chunk=chunk, offset=offset)
                offset += len(chunk)
                if self._speech is not None:
                    await self._speech.feed(chunk)
        if self._speech is not None:
            await self._speech.end_input()

    def _silence(self) -> None:
        if self._speech is not None:
            self._speech.streamer.cancel()

    async def _settle_text(self, error: BaseException) -> None:
        """Settle the text as failed if nobody has settled it."""
        with contextlib.suppress(StreamNotFound):
            text = (await self._handler.asnapshot()).registry.get(TEXT)
            if text is not None and text.pending:
                await self._handler.afail_component(TEXT, error)


#: The speeches that are made in this process.
_speeches = Occupancy("speeches")
os.register_at_fork(after_in_child=_speeches.reset)


class Speech:
    """The speech of one answer: the output of a streamer becomes frames of its component.

    `streamer` is the class that makes the streamer, and `org_config` is its configuration. What it
    may name is in the settings.

    Raises:
        SpeechConfigError: The configuration is wrong; the message names the key.
        TooManyOpen: `SPEECHES` are made in this process, or `OWNER_SPEECHES` of the stream's owner.
    """

    def __init__(
        self,
        handler: SSEHandler,
        org_config: object = None,
        streamer: type[TTSStreamer] = TTSStreamer,
    ) -> None:
        self._handler = handler
        self._error: Exception | None = None
        self.streamer = streamer(
            org_config,
            self._on_audio,
            self._on_completion,
            word_callback=self._on_words,
            segment_callback=self._on_segment,
            note_callback=lambda note: handler.note(SPEECH, note),
            policy=speech_policy(),
        )
        place = _speeches.enter({"SPEECHES": "", "OWNER_SPEECHES": handler.owner})
        # A speech that is dropped before it has any text never completes.
        self._leave = weakref.finalize(self, place.leave)
        self._leave.atexit = False

    def withdraw(self) -> None:
        """Count the speech no more: it will get no text."""
        self._leave()

    async def feed(self, text: str) -> None:
        """Speak more text. An error fails the speech, and does not reach the caller."""
        await self._attempt(self.streamer.feed, text)

    async def end_input(self) -> None:
        """End the text. An error fails the speech, and does not reach the caller."""
        await self._attempt(self.streamer.end_input)

    async def _attempt(self, call: Callable[..., None], *args: str) -> None:
        if self._error is not None:
            return
        try:
            call(*args)
        except Exception as error:  # noqa: BLE001 - the text goes on after any error
            self._fail(error)

    def _fail(self, error: Exception) -> None:
        """Stop speaking. The component settles when all segments have."""
        self._error = error
        self.streamer.cancel()

    def _on_audio(self, chunk: AudioChunk) -> None:
        self._send(
            "audio",
            segment=chunk.segment,
            index=chunk.index,
            codec=chunk.codec,
            sample_rate=chunk.sample_rate,
            channels=chunk.channels,
            start_ms=round(chunk.start_ms, 3),
            duration_ms=round(chunk.duration_ms, 3),
            audio=base64.b64encode(chunk.audio).decode(),
            **_packets(chunk),
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
            queued_ms=_rounded(outcome.queued_ms),
            first_audio_ms=_rounded(outcome.first_audio_ms),
            synthesis_ms=_rounded(outcome.synthesis_ms),
            **bounds,
        )

    def _on_completion(self) -> None:
        self._leave()
        result = self.streamer.result
        assert result is not None
        ledger = result.ledger()
        if self._error is not None:
            self._handler.fail_component(SPEECH, self._error, summary=ledger)
        elif result.status == "failed":
            reason = result.reason or "the speech failed"
            self._handler.fail_component(SPEECH, reason, summary=ledger)
        elif result.status == "cancelled":
            self._handler.fail_component(SPEECH, asyncio.CancelledError(), summary=ledger)
        else:
            self._handler.mark_component_complete(SPEECH, summary=ledger)

    def _send(self, event: str, **fields: Any) -> None:
        try:
            self._handler.send(event, component=SPEECH, **fields)
        except StreamEnded:
            self.streamer.cancel()
        except SSEPipelineError as error:
            self._fail(error)


def _closing(chunks: AsyncIterable[str]) -> contextlib.AbstractAsyncContextManager[object]:
    if isinstance(chunks, AsyncGenerator):
        return contextlib.aclosing(chunks)
    return contextlib.nullcontext()


def _packets(chunk: AudioChunk) -> dict[str, object]:
    """Return the fields that only packets of Opus have."""
    if chunk.codec != OPUS:
        return {}
    last = {} if chunk.samples is None else {"samples": chunk.samples}
    return {"sizes": list(chunk.sizes), "preskip": chunk.preskip, **last}


def _rounded(milliseconds: float | None) -> float | None:
    return None if milliseconds is None else round(milliseconds, 3)
