"""Gives the results of a speech to its callbacks, in order, on a thread of its own.

The callbacks belong to the user of the streamer. They may block and may raise. On a thread of their
own they can neither stop the speech loop, which all speeches share, nor the producer of the text.
"""

from collections.abc import Callable, Mapping
from threading import Condition, Event, Thread, current_thread
from typing import Any

from sse_pipeline.escaping import make_logger
from sse_pipeline.tts.buffer import TTSBuffer
from sse_pipeline.tts.codecs import Codec, SampleCodec
from sse_pipeline.tts.results import CallbackItem, SpeechResult

logger = make_logger(__name__)

Callbacks = Mapping[type[CallbackItem], Callable[[Any], object] | None]


class CallbackThread:
    """Empties the buffer into the callbacks until the speech is over, then calls completion once.

    A callback that raises is logged, and the rest goes on. `codec`
    encodes the audio, without the lock. `changed` is the lock of the buffer. It
    is never held during a callback, so a callback may call the streamer. `made_room` is called
    under it after each callback: the engine may go on. `cancel` cancels the speech.
    """

    def __init__(
        self,
        buffer: TTSBuffer,
        changed: Condition,
        callbacks: Callbacks,
        completion_callback: Callable[[], object] | None,
        *,
        made_room: Callable[[], None],
        cancel: Callable[[], None],
        codec: Codec | None = None,
    ) -> None:
        self._buffer = buffer
        self._changed = changed
        self._callbacks = callbacks
        self._completion_callback = completion_callback
        self._made_room = made_room
        self._cancel = cancel
        self._codec = codec or SampleCodec()
        self._thread: Thread | None = None
        self._completed = Event()
        #: How the speech ended. It is set before the completion callback is called.
        self.result: SpeechResult | None = None

    def start(self) -> None:
        """Start the thread if it was not started. Call this under the lock."""
        if self._thread is None:
            thread = Thread(target=self._run, name="sse-speech-callbacks", daemon=True)
            thread.start()
            # Only a thread that runs is kept: if the system has no thread left, `start()` raises,
            # and the next call tries again.
            self._thread = thread

    def wait(self, timeout: float | None = None) -> None:
        """Wait until the completion callback has returned.

        On the thread of the callbacks this returns at once: it would wait for itself.
        """
        if current_thread() is not self._thread:
            self._completed.wait(timeout)

    def _run(self) -> None:
        while (item := self._next_item()) is not None:
            for each in self._codec.encode(item):
                _call(self._callbacks[type(each)], each)
            with self._changed:
                self._buffer.handed_over()
                self._made_room()
        # The buffer is over: nothing changes it any more, so no lock is needed.
        self.result = self._buffer.result
        _call(self._completion_callback)
        self._completed.set()

    def _next_item(self) -> CallbackItem | None:
        try:
            return self._wait_for_item()
        except Exception:
            # Without this, an error in the buffer would end the thread, and nobody would learn
            # that the speech is over.
            logger.exception("speech stopped by an error")
            self._cancel()
            return self._wait_for_item()

    def _wait_for_item(self) -> CallbackItem | None:
        with self._changed:
            while (item := self._buffer.take()) is None and not self._buffer.is_over:
                self._changed.wait()
            return item


def _call(callback: Callable[..., object] | None, *args: CallbackItem) -> None:
    if callback is None:
        return
    try:
        callback(*args)
    except BaseException:
        # BaseException: neither the CancelledError of a future nor an exit ends the speech.
        logger.exception("a speech callback failed")
