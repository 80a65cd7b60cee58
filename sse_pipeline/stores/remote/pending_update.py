"""The update of a replica that is asked for."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass, field

from . import futures
from .replica import Replica


@dataclass(slots=True)
class PendingUpdate:
    """The update of one stream that callers wait for, or nobody.

    With `checks_state` the hash is read too, and not the entries alone.
    """

    futures: list[Future[Replica]] = field(default_factory=list)
    checks_state: bool = False

    def fail(self, error: Exception) -> None:
        """Fail the callers that wait."""
        futures.fail(self.futures, error)

    def merge(self, other: PendingUpdate) -> None:
        """Take over what another update of the same stream has to do still."""
        self.checks_state |= other.checks_state
        self.futures += [future for future in other.futures if not future.done()]
