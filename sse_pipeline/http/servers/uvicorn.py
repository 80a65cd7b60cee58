"""Uvicorn: `send` and `receive` are methods of the request's cycle, which has the transport."""

from collections.abc import Callable
from typing import Any

from .behind import made_by


def uvicorn_abort(thing: Any) -> Callable[[], object] | None:
    """Return the function that aborts the connection; None if this is not a cycle of uvicorn."""
    if not made_by("uvicorn", thing):
        return None
    abort: Callable[[], object] | None = getattr(getattr(thing, "transport", None), "abort", None)
    return abort
