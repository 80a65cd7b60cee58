"""Stores with a fault or a clock that a test controls, for `SSE_PIPELINE["STORE"]`."""

from typing import Any, ClassVar

from sse_pipeline.lifecycle.snapshot import Snapshot
from sse_pipeline.stores.log import Log
from sse_pipeline.stores.memory import MemoryStore


class Clock:
    """A clock that stands until the test moves it."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def pass_by(self, seconds: float) -> None:
        self.now += seconds


class ClockedStore(MemoryStore):
    """A memory store with such a clock."""

    def __init__(self, **options: Any) -> None:
        self.clock = Clock()
        super().__init__(**options, clock=self.clock)


class MuteLog(Log):
    """A log that rings no bell while `muted` is set: every wake-up is lost."""

    __slots__ = ()
    muted: ClassVar[bool] = True

    def ring(self) -> None:
        if not self.muted:
            super().ring()


class MuteStore(MemoryStore):
    """A memory store of such logs."""

    log_class = MuteLog


class SharedMemoryStore(MemoryStore):
    """A memory store that says that other processes share it."""

    shared = True


class FailingStore(MemoryStore):
    """A memory store that can't be asked for a stream while `failing` is set."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.failing = False

    def load(self, stream_id: str) -> Snapshot | None:
        if self.failing:
            raise OSError("no store")
        return super().load(stream_id)
