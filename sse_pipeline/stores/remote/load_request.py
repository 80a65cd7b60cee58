"""The load: it reads the snapshot of a stream.

It goes through the writer too, so that a caller sees all that its process has written before.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...lifecycle.snapshot import Snapshot
from . import codec
from .store_request import Part, StoreRequest


class LoadRequest(StoreRequest[Snapshot | None]):
    """Reads the snapshot of a stream."""

    def handle(self, answer: Sequence[Part]) -> None:
        kept = codec.as_mapping(answer[0])
        if not kept:
            self.forget_stream()
            self.resolve(None)
            return
        snapshot = codec.parse_hash(kept, self.context.is_lost)
        self.context.replicas.update(snapshot)
        self.resolve(snapshot)
