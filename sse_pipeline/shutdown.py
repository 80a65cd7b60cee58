"""The end of this process: producers are told, and no reader is left hanging.

On a store of this process alone the streams end `errored`, `shutdown`. On a shared one they go on:
readers get a clean end of body, and come back to another process.
"""

import asyncio
import logging
import signal
import threading
from types import FrameType
from typing import Any

from . import causes, stores
from .operations import change, run
from .snapshot import Verdict

logger = logging.getLogger(__name__)

_began = False
_installed = False


def began() -> bool:
    """Tell whether this process was asked to end."""
    return _began


def end_streams() -> None:
    """End the streams that would die with this process."""
    store = stores.current()
    if store.shared:
        return
    for stream_id in store.open_streams():
        run(change(store, stream_id, causes.abort(Verdict.SHUTDOWN)), "a thread")


def install() -> None:
    """Chain a handler before the server's own of SIGTERM and SIGINT; once, in the main thread."""
    global _installed
    if _installed or threading.current_thread() is not threading.main_thread():
        return
    _installed = True
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        _chain(number, loop)


def _chain(number: signal.Signals, loop: asyncio.AbstractEventLoop) -> None:
    previous = signal.getsignal(number)
    if not callable(previous):
        return

    def handle(signum: int, frame: FrameType | None) -> None:
        global _began
        _began = True
        if not loop.is_closed():
            loop.call_soon_threadsafe(end_streams)  # not here: a lock may be held in this thread
        previous(signum, frame)

    signal.signal(number, handle)


async def lifespan(scope: Any, receive: Any, send: Any) -> None:
    """Serve the lifespan protocol (ASGI lifespan 2.0): end the streams with the server."""
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            install()
        else:
            end_streams()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
