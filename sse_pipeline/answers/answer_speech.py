"""The speech of an answer: the output of a streamer becomes frames of its component."""

import asyncio
import base64
import os
import weakref
from collections.abc import Callable
from typing import Any

from .. import conf
from ..exceptions import SSEPipelineError, StreamEnded
from ..handler import SSEHandler
from ..streams.occupancy import Occupancy
from ..tts import (
    OPUS,
    AudioChunk,
    SegmentOutcome,
    SegmentWords,
    SpeechPolicy,
    TTSStreamer,
    warm_up_all,
)
from .answer_components import SPEECH


def speech_policy() -> SpeechPolicy:
    """Return what a configuration of speech may name, as the settings say."""
    settings = conf.get()
    return SpeechPolicy(settings.SPEECH_VARIABLES, settings.SPEECH_HOSTS, settings.SPEECH_FOLDERS)


def warm_voices() -> None:
    """Make the voices of `SPEECH_WARM` ready, because the site starts."""
    if configs := conf.get().SPEECH_WARM:
        warm_up_all(configs, speech_policy())


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
        self.feed_sync(text)

    async def end_input(self) -> None:
        """End the text. An error fails the speech, and does not reach the caller."""
        self.end_input_sync()

    def feed_sync(self, text: str) -> None:
        """Speak more text, from any thread."""
        self._attempt(self.streamer.feed, text)

    def end_input_sync(self) -> None:
        """End the text, from any thread."""
        self._attempt(self.streamer.end_input)

    def _attempt(self, call: Callable[..., None], *args: str) -> None:
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


def _packets(chunk: AudioChunk) -> dict[str, object]:
    """Return the fields that only packets of Opus have."""
    if chunk.codec != OPUS:
        return {}
    last = {} if chunk.samples is None else {"samples": chunk.samples}
    return {"sizes": list(chunk.sizes), "preskip": chunk.preskip, **last}


def _rounded(milliseconds: float | None) -> float | None:
    return None if milliseconds is None else round(milliseconds, 3)
