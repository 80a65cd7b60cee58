"""A request: one step on one stream, and what its answer brings about."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Generic, TypeAlias, TypeVar

from . import futures
from .codec import IsLost
from .replica import Replica
from .replica_cache import ReplicaCache
from .tuning import Tuning

T = TypeVar("T")
#: A part of an answer: bytes, an int, None, a list or a mapping of those.
Part: TypeAlias = Any


@dataclass(frozen=True, slots=True)
class StoreContext:
    """The context of every request of a store: its name, its bounds and its replicas."""

    process: str
    held_bytes: int
    keep: float
    replicas: ReplicaCache
    is_lost: IsLost
    tuning: Tuning
    content_bytes: int = 1 << 24


class StoreRequest(ABC, Generic[T]):
    """A step that is repeated, unchanged, until the store answers it.

    `T` is the result that the waiting callers get. The writer's thread alone uses a request.
    """

    #: Whether callers are gone when the patience is over, but the request has to be done still.
    outlives_callers = False

    def __init__(self, context: StoreContext, stream_id: str) -> None:
        self.context = context
        self.stream_id = stream_id
        self.futures: list[Future[T]] = []
        self._was_known = (replica := self.replica) is not None and replica.known

    @property
    def replica(self) -> Replica | None:
        """The replica of the stream in this process, if there is one."""
        return self.context.replicas.find(self.stream_id)

    @abstractmethod
    def handle(self, answer: Sequence[Part]) -> StoreRequest[Any] | None:
        """Handle the answer of the store; return the request to send next, if any."""

    def fail(self, error: Exception) -> None:
        """Give the request up."""
        futures.fail(self.futures, error)

    def forget_stream(self) -> None:
        """Note that the store does not have the stream: who waits for its end is told."""
        if (replica := self.replica) is not None:
            replica.forget(was_known=self._was_known)

    def resolve(self, result: T) -> None:
        """Give the waiting callers their result."""
        futures.resolve(self.futures, result)
