"""The end of this process: the producers are told, and no reader is left hanging.

On a store of this process alone the streams end `errored`, `shutdown`. On a shared store they go
on: the body of each reader ends, and the client comes back to another process.
"""

import _thread
import asyncio
import signal
import threading
from collections.abc import Callable, Iterator
from functools import partial
from types import FrameType
from typing import Any

from .. import signals, stores
from ..escaping import make_logger
from ..lifecycle import causes
from ..lifecycle.snapshot import Verdict
from ..streams.operations import StreamOperations
from ..streams.plans import run
from ..streams.reader import ChunkSource
from .asgi import Receive, Send
from .servers.behind import made_by

logger = make_logger(__name__)

#: gunicorn ends its workers by SIGQUIT when it is to be quick.
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT)


class ProcessEnd:
    """The readers that this process serves, and whether the process was asked to end."""

    def __init__(self, *, began: bool = False) -> None:
        #: Whether the process was asked to end.
        self.began = began
        self._readers: set[ChunkSource] = set()

    def __len__(self) -> int:
        """Return the number of readers."""
        return len(self._readers)

    def add(self, reader: ChunkSource) -> None:
        """Count a reader among those that are told; tell it at once if the end has begun."""
        self._readers.add(reader)
        if self.began:
            self.end_streams()

    def remove(self, reader: ChunkSource) -> None:
        """Count a reader no more."""
        self._readers.discard(reader)

    def end_streams(self) -> None:
        """End the streams that would die with this process, or let the readers go elsewhere."""
        store = stores.current()
        if store.shared:
            for reader in tuple(self._readers):
                reader.close()
            return
        for stream_id in store.open_streams():
            try:
                run(StreamOperations(stream_id).change(causes.abort(Verdict.SHUTDOWN)), "a thread")
            except Exception:
                logger.exception("stream %s could not be ended", stream_id)

    def last_chunks(self, reader: ChunkSource) -> Iterator[bytes]:
        """Yield what a reader has left, if the process ends: its stream is ended before."""
        if not self.began:
            return
        try:
            self.end_streams()
            while chunk := reader.rest():
                yield chunk
        except Exception:
            logger.exception("the last frames of a reader are lost")

    def install(self) -> None:
        """Put a handler before the server's own handlers of the signals that end a process.

        Uvicorn and granian wait for the natural end of each response, and tell nobody. Only the
        main thread can do this; elsewhere nothing happens. The streams are ended in the event loop.
        """
        if threading.current_thread() is threading.main_thread():
            loop = asyncio.get_running_loop()
            self._install(partial(_call_in, loop, self.end_streams))

    def install_in_worker(self) -> None:
        """Put a handler before those of gunicorn, if this is the main thread of one of its workers.

        A worker of threads runs views beside its main thread, where it waits for them until it is
        killed. The streams are ended in a thread of their own.
        """
        handler = signal.getsignal(signal.SIGTERM)
        in_main_thread = threading.current_thread() is threading.main_thread()
        if in_main_thread and made_by("gunicorn", getattr(handler, "__self__", None)):
            # Not `Thread`: its locks may be held by the code that the signal interrupts.
            self._install(lambda: _thread.start_new_thread(self.end_streams, ()))

    def _install(self, begin: Callable[[], object]) -> None:
        for number in SIGNALS:
            previous = signal.getsignal(number)
            if callable(previous) and not isinstance(previous, _SignalHandler):
                signal.signal(number, _SignalHandler(self, begin, previous))


class _SignalHandler:
    """Begins the end of the process, then calls the previous handler."""

    def __init__(self, end: ProcessEnd, begin: Callable[[], object], previous: Any) -> None:
        self._end = end
        self._begin = begin
        self._previous = previous

    def __call__(self, number: int, frame: FrameType | None) -> None:
        self._end.began = True
        # Elsewhere, and not here: the interrupted code of this thread may hold a lock of a stream.
        self._begin()
        self._previous(number, frame)


def _call_in(loop: asyncio.AbstractEventLoop, function: Callable[[], object]) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(function)


#: The end of this process.
process_end = ProcessEnd()


async def lifespan(scope: Any, receive: Receive, send: Send) -> None:
    """Serve the lifespan protocol (ASGI lifespan 2.0): end the streams with the server."""
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            process_end.install()
        else:
            process_end.end_streams()
            await asyncio.to_thread(signals.notify, signals.process_ending, None)
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
