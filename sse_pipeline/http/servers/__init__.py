"""One adapter for each server: how its connection is found behind the `send` of ASGI.

ASGI has no way to drop a client that reads nothing. What the adapters use is not an interface of
the servers: each adapter is small and guarded, and a test tells when a server changes. Granian
shows no connection. `behind` looks through middleware that wraps `send`.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from .behind import behind, made_by
from .daphne import DaphneResponse, daphne_request, on_daphne
from .hypercorn import hypercorn_abort
from .uvicorn import uvicorn_abort

__all__ = ["ClientConnection", "DaphneResponse", "find_connection", "on_daphne"]


class ClientConnection(NamedTuple):
    """A connection that was found: how it is aborted, if that can be done; Daphne's request."""

    abort: Callable[[], object] | None = None
    request: Any = None


def find_connection(*channels: Any) -> ClientConnection | None:
    """Return the connection behind `send` or `receive`; None if nothing leads to a server.

    Where middleware hides one of the two, the other may still lead there.
    """
    for channel in channels:
        for thing in behind(channel):
            if abort := uvicorn_abort(thing) or hypercorn_abort(thing):
                return ClientConnection(abort)
            if (request := daphne_request(thing)) is not None:
                return ClientConnection(request=request)
            if made_by("granian", thing):
                return ClientConnection()
    return None
