"""What a producer of text holds to have it spoken."""

from collections.abc import Callable
from threading import Condition

from .buffer import TTSBuffer
from .config import SpeechConfig, read_config
from .engine import Engine
from .engines.catalogue import find_engine
from .events import AudioChunk, SegmentNote, SegmentOutcome, SegmentWords, SpeechResult
from .handover import Handover
from .lull import Lull
from .script import Script
from .segmentation import Segmenter
from .synthesis import Synthesis
from .timeline import Timeline


class TTSStreamer:
    """Speaks text while it is being written, segment by segment.

    Feed text, then end the input. All methods may be called from any thread, in any order and more
    than once; none but `wait()` blocks. The callbacks are called one at a time and in order, on a
    thread of the streamer's own:

    - `chunk_callback(AudioChunk)`; a slow one slows the synthesis down;
    - `word_callback(SegmentWords)`, before the audio in which the words start;
    - `segment_callback(SegmentOutcome)`, once for each segment, after its last chunk;
    - `note_callback(str)`, with remarks for people;
    - `completion_callback()`, exactly once, last, however the speech ended.

    One that raises is logged. Empty text is a success without audio. A segment that can't be spoken
    fails alone. Nothing is started before the first segment or the end.

    Raises:
        SpeechConfigError: A key of `org_config` (see `SpeechConfig`) is unknown or unusable.
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
    ) -> None:
        #: The configuration as it was understood.
        self.config = read_config(org_config)
        engine = find_engine(self.config)
        self._changed = Condition()
        self._buffer = _buffer(engine, self.config)
        self._synthesis = Synthesis(self._buffer, self._changed, engine, self.config)
        self._lull = Lull(self.config.idle_flush, self._changed, self._pause)
        self._handover = Handover(
            self._buffer,
            self._changed,
            {
                AudioChunk: chunk_callback,
                SegmentWords: word_callback,
                SegmentOutcome: segment_callback,
                SegmentNote: note_callback and (lambda note: note_callback(str(note))),
            },
            completion_callback,
            self._synthesis.wake,
        )

    def feed(self, text: str) -> None:
        """Add text; after `cancel()` it is ignored.

        Raises:
            SpeechEnded: After `end_input()`.
        """
        with self._changed:
            self._buffer.feed(text)
            if self._buffer.has_pending:
                self._lull.heard()
            self._go_on()

    def flush(self) -> None:
        """Speak what was fed without waiting for the end of the sentence."""
        with self._changed:
            self._buffer.flush()
            self._go_on()

    def end_input(self) -> None:
        """Say that no more text comes; the speech completes when all of it was handed over."""
        with self._changed:
            self._buffer.end_input()
            self._go_on()

    def cancel(self) -> None:
        """Stop; the segments that were not handed over to their end settle as cancelled."""
        with self._changed:
            if self._buffer.cancel():
                self._synthesis.cancel()
            self._go_on()

    @property
    def result(self) -> SpeechResult | None:
        """Return how the speech ended, or None before; it is there in the completion callback."""
        return self._handover.result

    def wait(self, timeout: float | None = None) -> SpeechResult | None:
        """Wait until the completion callback has returned, for `timeout` seconds at most."""
        self._handover.wait(timeout)
        return self.result

    def _pause(self) -> None:
        self._buffer.pause()
        self._go_on()

    def _go_on(self) -> None:
        if self._buffer.is_idle:
            return
        self._handover.start()
        self._synthesis.wake()
        self._changed.notify_all()


def _buffer(engine: Engine, config: SpeechConfig) -> TTSBuffer:
    segmenter = Segmenter(
        engine.language, config.max_characters, config.min_characters, config.fast_start
    )
    timeline = Timeline(engine.sample_rate, engine.word_source)
    return TTSBuffer(Script(segmenter, engine.language), timeline, config.in_flight)
