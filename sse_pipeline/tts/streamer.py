"""The object that speaks the text of a producer."""

from collections.abc import Callable
from threading import Condition

from sse_pipeline.escaping import make_logger
from sse_pipeline.tts.buffer import TTSBuffer
from sse_pipeline.tts.buffer.audio_timeline import AudioTimeline
from sse_pipeline.tts.callback_thread import CallbackThread
from sse_pipeline.tts.codecs import make_codec
from sse_pipeline.tts.engine_protocol import Engine
from sse_pipeline.tts.engines.engine_catalogue import find_engine
from sse_pipeline.tts.errors import SpeechEnded
from sse_pipeline.tts.idle_timer import IdleTimer
from sse_pipeline.tts.pauses import pauses_of
from sse_pipeline.tts.results import (
    AudioChunk,
    SegmentNote,
    SegmentOutcome,
    SegmentWords,
    SpeechResult,
)
from sse_pipeline.tts.speech_config import SpeechConfig, read_config
from sse_pipeline.tts.speech_loop import speech_loop
from sse_pipeline.tts.speech_policy import DEFAULT_POLICY, SpeechPolicy
from sse_pipeline.tts.synthesis import SynthesisScheduler
from sse_pipeline.tts.text.segmenter import Segmenter
from sse_pipeline.tts.text.text_pipeline import TextPipeline
from sse_pipeline.tts.text_backlog import TextBacklog
from sse_pipeline.tts.warming import warm_engine

logger = make_logger(__name__)


class TTSStreamer:
    """Speaks text while it is being written, segment by segment.

    Feed text, then end the input. All methods may be called from any thread, in any order and more
    than once. Only `wait()` blocks. The callbacks are called one at a time and in order, on a
    thread of this streamer:

    - `chunk_callback(AudioChunk)`; a slow one slows the synthesis down;
    - `word_callback(SegmentWords)`, before the audio in which the words start;
    - `segment_callback(SegmentOutcome)`, once for each segment, after its last chunk;
    - `note_callback(str)`, with remarks for people;
    - `completion_callback()`, exactly once and last, however the speech ended.

    `policy` says which variables, servers and folders `org_config` may name; by default none but
    the server of OpenAI. A `SpeechConfig` has a policy of its own.

    A callback that raises is logged. Empty text is a success without audio. A segment that can't be
    spoken fails alone. Nothing is started before the first segment, the end of the input or
    `warm()`.

    Raises:
        SpeechConfigError: A key of `org_config` (see `SpeechConfig`) is unknown or can't be used.
    """

    def __init__(
        self,
        org_config: object,
        chunk_callback: Callable[[AudioChunk], object] | None = None,
        completion_callback: Callable[[], object] | None = None,
        *,
        word_callback: Callable[[SegmentWords], object] | None = None,
        segment_callback: Callable[[SegmentOutcome], object] | None = None,
        note_callback: Callable[[str], object] | None = None,
        policy: SpeechPolicy = DEFAULT_POLICY,
    ) -> None:
        #: The configuration with its defaults.
        self.config = read_config(org_config, policy)
        engine = self._engine = find_engine(self.config)
        # The one lock of a speech. It guards the buffer, the backlog, the scheduler, the idle timer
        # and the start of the callback thread. It is notified after each change that a callback may
        # await. The lock of the speech loop is taken under it, never the other way round.
        self._changed = Condition()
        self._buffer = _make_buffer(engine, self.config)
        self._scheduler = SynthesisScheduler(self._buffer, self._changed, engine, self.config)
        self._idle_timer = IdleTimer(self.config.idle_flush, self._changed, self._flush_to_pause)
        self._backlog = TextBacklog(self._buffer.feed)
        # Whether a turn of the speech loop goes on with the backlog.
        self._is_working = False
        self._has_ended = self._is_cancelled = False
        self._callback_thread = CallbackThread(
            self._buffer,
            self._changed,
            {
                AudioChunk: chunk_callback,
                SegmentWords: word_callback,
                SegmentOutcome: segment_callback,
                SegmentNote: note_callback and (lambda note: note_callback(str(note))),
            },
            completion_callback,
            made_room=self._scheduler.wake,
            cancel=self.cancel,
            codec=make_codec(self.config.codec),
        )

    def warm(self) -> None:
        """Make the voice ready before the first text, so that the first sound comes sooner."""
        warm_engine(self._engine)

    def feed(self, text: str) -> None:
        """Add text. After `cancel()` the text is ignored.

        Raises:
            SpeechEnded: `end_input()` was called before.
        """
        with self._changed:
            if self._is_cancelled:
                return
            if self._has_ended:
                raise SpeechEnded("the input of this speech has ended: no text can follow")
            self._backlog.add(text)
            self._work()

    def flush(self) -> None:
        """Speak all text that was fed, without waiting for the end of the sentence."""
        with self._changed:
            self._backlog.add(self._buffer.flush)
            self._work()

    def end_input(self) -> None:
        """End the input. The speech completes when the callbacks have received all of it."""
        with self._changed:
            self._has_ended = True
            self._backlog.add(self._end_input)
            self._work()

    def cancel(self) -> None:
        """Stop. Segments that the callbacks have not received to their end settle as cancelled."""
        with self._changed:
            self._idle_timer.stop()
            if self._buffer.cancel(self._backlog.clear()):
                self._is_cancelled = True
                self._scheduler.cancel()
            self._continue()

    @property
    def result(self) -> SpeechResult | None:
        """The result of the speech; None before its end. The completion callback can read it."""
        return self._callback_thread.result

    def wait(self, timeout: float | None = None) -> SpeechResult | None:
        """Wait until the completion callback has returned, for `timeout` seconds at most.

        Return the result, or None after the timeout.
        """
        self._callback_thread.wait(timeout)
        return self.result

    def _flush_to_pause(self) -> None:
        self._buffer.flush_to_pause()
        self._continue()

    def _end_input(self) -> None:
        self._idle_timer.stop()
        self._buffer.end_input()

    def _work(self) -> None:
        """Cut a slice of the text; leave the rest to the speech loop. Called under the lock."""
        if self._is_working:
            return
        self._backlog.work()
        if self._buffer.has_pending:
            self._idle_timer.restart()
        if not self._backlog.is_empty:
            speech_loop().call_soon_threadsafe(self._work_on)
            self._is_working = True  # last: if the loop can't start, the next call tries again
        self._continue()

    def _work_on(self) -> None:
        try:
            with self._changed:
                self._is_working = False
                self._work()
        except Exception:
            # Without this, nobody would learn that the text can't be spoken.
            logger.exception("speech stopped by an error")
            self.cancel()

    def _continue(self) -> None:
        """Let the engine and the callbacks act on a change. Called under the lock."""
        if self._buffer.is_idle:
            return
        self._callback_thread.start()
        self._scheduler.wake()
        self._changed.notify_all()


def _make_buffer(engine: Engine, config: SpeechConfig) -> TTSBuffer:
    segmenter = Segmenter(
        engine.language, config.max_characters, config.min_characters, config.fast_start
    )
    timeline = AudioTimeline(engine.sample_rate, engine.word_source)
    pauses = pauses_of(config.pauses, config.speed)
    text = TextPipeline(
        segmenter,
        engine.language,
        speaks_thinking=config.speak_thinking,
        speaks_formulas=config.speak_formulas,
    )
    return TTSBuffer(text, timeline, config.in_flight, pauses=pauses)
