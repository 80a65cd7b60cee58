"""Which failures of the server pass by themselves, and how callers hear of one that does not."""

from __future__ import annotations

from redis.exceptions import (
    AskError,
    AuthenticationError,
    ClusterDownError,
    DataError,
    MasterDownError,
    MovedError,
    NoPermissionError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
    ResponseError,
    TryAgainError,
)

from ...exceptions import StoreUnavailable, StreamUnreadable

#: Refusals that pass: the server is full, or it is not a primary any more, or not yet.
_TEMPORARY = (
    AskError, ClusterDownError, MasterDownError, MovedError, OutOfMemoryError, ReadOnlyError,
    TryAgainError,
)  # fmt: skip
#: The same refusals inside the error of a script: redis-py has no class for those.
_TEMPORARY_WORDS = ("OOM ", "READONLY ", "MISCONF ", "NOREPLICAS ", "BUSY ")


def is_temporary(error: RedisError) -> bool:
    """Return whether the same request may succeed a little later."""
    if isinstance(error, AuthenticationError | NoPermissionError):
        return True  # an operator may grant the rights while we try
    if not isinstance(error, ResponseError | DataError):
        return True  # the connection failed, not the command
    return isinstance(error, _TEMPORARY) or any(word in str(error) for word in _TEMPORARY_WORDS)


def is_from_replica(error: Exception) -> bool:
    """Return whether the server refused a write because it is a replica now."""
    return isinstance(error, ReadOnlyError) or "READONLY " in str(error)


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
