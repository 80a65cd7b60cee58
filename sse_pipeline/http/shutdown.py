"""The end of this process: the producers are told, and no reader is left hanging.

On a store of this process alone the streams end `errored`, `shutdown`. On a shared store they go
on: the body of each reader ends, and the client comes back to another process.
"""

import asyncio
import signal
import threading
from types import FrameType
from typing import Any

from .. import signals, stores
from ..escaping import make_logger
from ..lifecycle import causes
from ..lifecycle.snapshot import Verdict
from ..streams.commits import change
from ..streams.plans import run
from ..streams.reader import ChunkSource
from .asgi import Receive, Send

logger = make_logger(__name__)

SIGNALS = (signal.SIGTERM, signal.SIGINT)


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
                run(change(store, stream_id, causes.abort(Verdict.SHUTDOWN)), "a thread")
            except Exception:
                logger.exception("stream %s could not be ended", stream_id)

    def install(self) -> None:
        """Put a handler before the server's own handlers of SIGTERM and SIGINT.

        Uvicorn and granian wait for the natural end of each response, and tell nobody. Only the
        main thread can do this; elsewhere nothing happens.
        """
        if threading.current_thread() is threading.main_thread():
            for number in SIGNALS:
                previous = signal.getsignal(number)
                if callable(previous) and not isinstance(previous, _SignalHandler):
                    loop = asyncio.get_running_loop()
                    signal.signal(number, _SignalHandler(self, loop, previous))


class _SignalHandler:
    """Begins the end of the process, then calls the previous handler."""

    def __init__(self, end: ProcessEnd, loop: asyncio.AbstractEventLoop, previous: Any) -> None:
        self._end = end
        self._loop = loop
        self._previous = previous

    def __call__(self, number: int, frame: FrameType | None) -> None:
        self._end.began = True
        # In the loop, and not here: the interrupted code of this thread may hold a lock of a
        # stream.
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._end.end_streams)
        self._previous(number, frame)


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
