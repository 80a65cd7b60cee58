"""The listener's side of a streamer: calls its callbacks, in order, on a thread of its own."""

import logging
from collections.abc import Callable, Mapping
from threading import Condition, Event, Thread, current_thread
from typing import Any

from .buffer import TTSBuffer
from .events import Handout, SpeechResult

logger = logging.getLogger("sse_pipeline.tts")

Callbacks = Mapping[type[Handout], Callable[[Any], object] | None]


class Handover:
    """Hands over what the buffer holds until the speech is over, then says so, once.

    A callback that raises is logged, and the rest goes on. The lock is the buffer's.
    """

    def __init__(
        self,
        buffer: TTSBuffer,
        changed: Condition,
        callbacks: Callbacks,
        completion_callback: Callable[[], object] | None,
        made_room: Callable[[], None],
    ) -> None:
        self._buffer = buffer
        self._changed = changed
        self._callbacks = callbacks
        self._completion_callback = completion_callback
        self._made_room = made_room
        self._thread: Thread | None = None
        self._done = Event()
        #: How it ended, once it has; set before the completion callback is called.
        self.result: SpeechResult | None = None

    def start(self) -> None:
        """Start the thread, unless it was; call it under the lock."""
        if self._thread is None:
            thread = Thread(target=self._run, name="sse-speech-callbacks", daemon=True)
            thread.start()
            self._thread = thread

    def wait(self, timeout: float | None = None) -> None:
        """Wait until the completion callback has returned; at once on the callbacks' thread."""
        if current_thread() is not self._thread:
            self._done.wait(timeout)

    def _run(self) -> None:
        while (handout := self._take()) is not None:
            _call(self._callbacks[type(handout)], handout)
            with self._changed:
                self._buffer.handed_over()
                self._made_room()
        self.result = self._buffer.result
        _call(self._completion_callback)
        self._done.set()

    def _take(self) -> Handout | None:
        with self._changed:
            while (handout := self._next()) is None and not self._buffer.is_over:
                self._changed.wait()
            return handout

    def _next(self) -> Handout | None:
        try:
            return self._buffer.take()
        except Exception:  # No one else would say that the speech is over.
            logger.exception("Speech broke off")
            self._buffer.cancel()
            return self._buffer.take()


def _call(callback: Callable[..., object] | None, *args: Handout) -> None:
    if callback is None:
        return
    try:
        callback(*args)
    except BaseException:  # A CancelledError of a future, or an exit, must not end the speech.
        logger.exception("A speech callback failed")
