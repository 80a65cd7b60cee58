"""A request: one call of a script on one stream, and what its answer brings about."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from .. import futures, keys
from ..codec import IsLost
from ..connection import Command, ServerAnswer
from ..replica import Replica
from ..replica_cache import ReplicaCache
from ..tuning import Tuning

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class StoreContext:
    """The context of every request of a store: its name, its bounds and its replicas."""

    process: str
    held_bytes: int
    keep: float
    replicas: ReplicaCache
    is_lost: IsLost
    tuning: Tuning
    #: Returns the command that publishes. The server is known when the first command is made.
    publish_command: Callable[[], str]
    content_bytes: int = 1 << 24


class ScriptRequest(ABC, Generic[T]):
    """A script call that is repeated, unchanged, until the server answers it.

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

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of the stream."""
        return keys.state(self.stream_id), keys.log(self.stream_id), keys.spill(self.stream_id)

    @abstractmethod
    def command(self) -> Command:
        """Return the command to send."""

    @abstractmethod
    def handle(self, answer: Sequence[ServerAnswer]) -> ScriptRequest[Any] | None:
        """Handle the script's answer, without its time; return the request to send next, if any."""

    def fail(self, error: Exception) -> None:
        """Give the request up."""
        futures.fail(self.futures, error)

    def forget_stream(self) -> None:
        """Note that the server does not have the stream: who waits for its end is told."""
        if (replica := self.replica) is not None:
            replica.forget(was_known=self._was_known)

    def resolve(self, result: T) -> None:
        """Give the waiting callers their result."""
        futures.resolve(self.futures, result)
