"""Uvicorn: `send` is a method of the request's cycle, which has the asyncio transport."""

from collections.abc import Callable
from typing import Any


def uvicorn_abort(send: Any) -> Callable[[], object] | None:
    """Return the function that aborts the connection; None for another server."""
    cycle = getattr(send, "__self__", None)
    abort: Callable[[], object] | None = getattr(getattr(cycle, "transport", None), "abort", None)
    return abort
