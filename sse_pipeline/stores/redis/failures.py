"""Which failures of the server pass by themselves."""

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
