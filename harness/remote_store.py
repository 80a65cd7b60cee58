"""A store in memory that answers with futures, as a store over a network does."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from sse_pipeline.frames import Frame
from sse_pipeline.lifecycle.snapshot import Snapshot
from sse_pipeline.stores.base import Answer
from sse_pipeline.stores.log import Log
from sse_pipeline.stores.memory import MemoryStore

T = TypeVar("T")


class RemoteStore(MemoryStore):
    """Answers from another thread, in the order of the calls."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="remote-store")

    def _later(self, call: Callable[..., T], *arguments: Any) -> Future[T]:
        return self._writer.submit(call, *arguments)

    def load(self, stream_id: str) -> Answer[Snapshot | None]:  # type: ignore[override]
        return self._later(super().load, stream_id)

    def commit(  # type: ignore[override]
        self, stream_id: str, old: Snapshot, new: Snapshot, frames: Sequence[Frame]
    ) -> Answer[Snapshot]:
        return self._later(super().commit, stream_id, old, new, frames)

    def append(self, stream_id: str, frame: Frame) -> Answer[None]:  # type: ignore[override]
        return self._later(super().append, stream_id, frame)

    def attach(self, stream_id: str, after: int = 0) -> Answer[Log]:  # type: ignore[override]
        return self._later(super().attach, stream_id, after)

    def close(self) -> None:
        self._writer.shutdown()
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="remote-store")
        super().close()
