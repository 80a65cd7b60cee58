"""Stores that count what is attached to them: the copies of streams that this process keeps."""

from typing import Any

from harness.tuned_store import TunedStore, tuned_store
from sse_pipeline.stores.base import Answer
from sse_pipeline.stores.log import Log
from sse_pipeline.stores.memory import MemoryStore
from sse_pipeline.stores.redis import Tuning


class AttachedMemoryStore(MemoryStore):
    attached = 0

    def attach(self, stream_id: str, after: int = 0) -> Log:
        self.attached += 1
        return super().attach(stream_id, after)

    def detach(self, stream_id: str) -> None:
        self.attached -= 1
        super().detach(stream_id)


class AttachedRedisStore(TunedStore):
    attached = 0

    def attach(self, stream_id: str, after: int = 0) -> Answer[Log]:
        self.attached += 1
        return super().attach(stream_id, after)

    def detach(self, stream_id: str) -> None:
        self.attached -= 1
        super().detach(stream_id)


def counting(url: str | None) -> dict[str, Any]:
    """Return the setting of a store that counts: over a Redis server, or in memory."""
    if url is None:
        return {"STORE": f"{__name__}.AttachedMemoryStore"}
    tuned_store(url, Tuning())
    return {"STORE": f"{__name__}.AttachedRedisStore"}
