"""One adapter for each server: how its connection is found behind the `send` of ASGI.

ASGI has no way to drop a client that reads nothing. What the adapters use is not an interface of
the servers: each adapter is small and guarded, and a test tells when a server changes. Granian
shows no connection. If middleware wraps `send`, no adapter finds anything.
"""

from .daphne import DaphneResponse
from .hypercorn import hypercorn_abort
from .uvicorn import uvicorn_abort

__all__ = ["DaphneResponse", "hypercorn_abort", "uvicorn_abort"]
