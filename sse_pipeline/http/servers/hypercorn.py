"""Hypercorn: `send` is a method of a stream, which sends to a protocol, which sends to a server.

The last of the three has the asyncio writer of the connection.
"""

from collections.abc import Callable
from typing import Any

from .behind import made_by


def hypercorn_abort(thing: Any) -> Callable[[], object] | None:
    """Return the function that aborts the connection; None if this is no server of hypercorn."""
    if not made_by("hypercorn", thing):
        return None
    transport = getattr(getattr(thing, "writer", None), "transport", None)
    abort: Callable[[], object] | None = getattr(transport, "abort", None)
    return abort
