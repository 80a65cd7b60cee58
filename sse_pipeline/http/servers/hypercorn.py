"""Hypercorn: `send` is a method of a stream, which sends to a protocol, which sends to a server.

The last of the three has the asyncio writer of the connection.
"""

from collections.abc import Callable
from typing import Any

#: The stream, the protocol and the server.
_SENDERS = 3


def hypercorn_abort(send: Any) -> Callable[[], object] | None:
    """Return the function that aborts the connection; None for another server."""
    for _ in range(_SENDERS):
        sender = getattr(send, "__self__", None)
        holder = getattr(sender, "writer", sender)
        abort: Callable[[], object] | None = getattr(
            getattr(holder, "transport", None), "abort", None
        )
        if abort is not None:
            return abort
        send = getattr(sender, "send", None)
    return None
