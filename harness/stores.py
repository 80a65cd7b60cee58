"""Stores with a fault or a clock that a test controls, for `SSE_PIPELINE["STORE"]`."""

from collections.abc import Callable
from typing import Any, ClassVar

from sse_pipeline.events.merging import KeptFrames
from sse_pipeline.lifecycle.snapshot import Snapshot
from sse_pipeline.stores.base import Answer
from sse_pipeline.stores.log import Log, Slice
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
    """A memory store with such a clock. It can't load a stream while `failing` is set."""

    def __init__(self, **options: Any) -> None:
        self.clock = Clock()
        self.failing = False
        super().__init__(**options, clock=self.clock)

    def load(self, stream_id: str) -> Snapshot | None:
        if self.failing:
            raise ConnectionError("the store was made to fail")
        return super().load(stream_id)


class KeylessStore(MemoryStore):
    """A memory store that keeps no keys."""

    has_keys = False


class InterruptedStore(MemoryStore):
    """A memory store in which something happens once, before the frames of a stream are told."""

    def __init__(self, **options: Any) -> None:
        self.meanwhile: Callable[[], object] | None = None
        super().__init__(**options)

    def kept_frames(self, stream_id: str) -> Answer[KeptFrames]:
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None:
            meanwhile()
        return super().kept_frames(stream_id)


class CountingStore(MemoryStore):
    """A memory store that counts its loads."""

    def __init__(self, **options: Any) -> None:
        self.loads = 0
        super().__init__(**options)

    def load(self, stream_id: str) -> Snapshot | None:
        self.loads += 1
        return super().load(stream_id)


class SharedMemoryStore(MemoryStore):
    """A memory store that says that other processes see its streams."""

    shared = True


class StaleListStore(MemoryStore):
    """A memory store that lists a stream first that it does not know."""

    def open_streams(self) -> list[str]:
        return ["no such stream", *super().open_streams()]


class UnreadableLog(Log):
    """A log that takes frames, and gives none."""

    __slots__ = ()

    def take(self, after: int, limit: int) -> Slice:
        raise OSError("the store is gone")


class UnreadableStore(MemoryStore):
    """A memory store of such logs."""

    log_class = UnreadableLog


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


class FailingStore(MemoryStore):
    """A memory store that can't be asked for a stream while `failing` is set."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.failing = False

    def load(self, stream_id: str) -> Snapshot | None:
        if self.failing:
            raise OSError("no store")
        return super().load(stream_id)
