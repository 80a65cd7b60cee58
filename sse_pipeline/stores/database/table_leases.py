"""The leases in a database: one row for each process."""

from __future__ import annotations

from collections.abc import Sequence

from ..remote.lease_keeper import Leases
from .engine import DatabaseEngine, Session

#: The most steps of a sweep in one renewal: the next one must not be late.
_SWEEPS = 20


class TableLeases(Leases):
    """The rows of the processes; each renewal also deletes streams whose time is over."""

    def __init__(self, engine: DatabaseEngine, swept_streams: int) -> None:
        self.failures = engine.failures  # type: ignore[misc]
        self._engine = engine
        self._swept_streams = swept_streams
        self._session: Session | None = None

    def renew(self, process: str, seconds: float, watched: Sequence[str]) -> tuple[str, list[bool]]:
        if self._session is None:
            self._session = self._engine.open()
        renewed = self._session.renew(process, seconds, watched)
        for _ in range(_SWEEPS):
            if self._session.sweep(self._swept_streams) < self._swept_streams:
                break
        return renewed

    def give_back(self, process: str) -> None:
        if self._session is not None:
            self._session.give_back(process)

    def disconnect(self) -> None:
        if self._session is not None:
            self._session.close()
            self._session = None
