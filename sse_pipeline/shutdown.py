"""The end of this process: producers are told, and no reader is left hanging.

On a store of this process alone the streams end `errored`, `shutdown`. On a shared one they go on:
readers get a clean end of body, and come back to another process.
"""

import asyncio
import logging
import signal
import threading
from types import FrameType
from typing import Any, ClassVar

from . import causes, signals, stores
from .operations import change, run
from .reader import Chunks
from .snapshot import Verdict

logger = logging.getLogger(__name__)

SIGNALS = (signal.SIGTERM, signal.SIGINT)

_readers: set[Chunks] = set()


def began() -> bool:
    """Tell whether this process was asked to end."""
    return _Handler.called


def attend(reader: Chunks) -> None:
    """Count a reader among those who are to be told; at once, if the end has begun."""
    _readers.add(reader)
    if _Handler.called:
        end_streams()


def leave(reader: Chunks) -> None:
    """Count a reader no more."""
    _readers.discard(reader)


def reading() -> int:
    """Return how many readers this process serves."""
    return len(_readers)


def end_streams() -> None:
    """End the streams that would die with this process, or send the readers elsewhere."""
    store = stores.current()
    if store.shared:
        for reader in tuple(_readers):
            reader.close()
        return
    for stream_id in store.open_streams():
        try:
            run(change(store, stream_id, causes.abort(Verdict.SHUTDOWN)), "a thread")
        except Exception:
            logger.exception("stream %s could not be ended", stream_id)


def install() -> None:
    """Chain a handler before the server's own of SIGTERM and SIGINT, in the main thread."""
    if threading.current_thread() is threading.main_thread():
        for number in SIGNALS:
            previous = signal.getsignal(number)
            if callable(previous) and not isinstance(previous, _Handler):
                signal.signal(number, _Handler(asyncio.get_running_loop(), previous))


class _Handler:
    called: ClassVar[bool] = False

    def __init__(self, loop: asyncio.AbstractEventLoop, previous: Any) -> None:
        self._loop = loop
        self._previous = previous

    def __call__(self, number: int, frame: FrameType | None) -> None:
        _Handler.called = True
        if not self._loop.is_closed():  # not here: this thread may hold a lock
            self._loop.call_soon_threadsafe(end_streams)
        self._previous(number, frame)


async def lifespan(scope: Any, receive: Any, send: Any) -> None:
    """Serve the lifespan protocol (ASGI lifespan 2.0): end the streams with the server."""
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            install()
        else:
            end_streams()
            await asyncio.to_thread(signals.tell, signals.process_ending, None)
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
