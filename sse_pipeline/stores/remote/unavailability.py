"""How callers hear that a store, or one stream of it, can't be used."""

from __future__ import annotations

from ...exceptions import StoreUnavailable, StreamUnreadable


def unavailable(seconds: float, error: Exception) -> StoreUnavailable:
    """Return the error for callers that waited for so many seconds."""
    return StoreUnavailable(
        f"SSE_PIPELINE['STORE']: the store could not be used for {seconds:g} s: {error}"
    )


def unreadable(stream_id: str, error: Exception) -> StreamUnreadable:
    """Return the error for callers of a stream whose answer could not be handled."""
    if isinstance(error, StreamUnreadable):
        return StreamUnreadable(f"stream {stream_id}: {error}")
    return StreamUnreadable(
        f"stream {stream_id}: an answer of the store can't be handled: {error!r}"
    )


def closed_error() -> StoreUnavailable:
    """Return the error for calls of a store that is closed."""
    return StoreUnavailable("the store is closed: this process has closed it")
