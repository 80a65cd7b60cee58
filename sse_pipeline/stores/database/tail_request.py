"""The inspection of a stream: its last batches, read through the writer as a load is."""

from __future__ import annotations

from collections.abc import Sequence

from ...frames import numbered
from ..remote.batch import Batch
from ..remote.store_request import Part, StoreContext, StoreRequest
from ..stream_contents import Inspection, readers_of


class TailRequest(StoreRequest[Inspection | None]):
    """Reads the last frames of a stream; the readers are those of this process."""

    def __init__(self, context: StoreContext, stream_id: str, most: int) -> None:
        super().__init__(context, stream_id)
        self.most = most

    def handle(self, answer: Sequence[Part]) -> None:
        row, batches, held = answer
        if row is None:
            self.resolve(None)
            return
        frames = [frame for batch in reversed(batches) for frame in _frames_of(batch)]
        frame_log = self.replica.frame_log if self.replica else None
        readers = readers_of(frame_log.log) if frame_log else ()
        self.resolve(Inspection(row.last, held, tuple(frames[-self.most :]), readers))


def _frames_of(batch: Batch) -> list[bytes]:
    return [numbered(number, body) for number, body in enumerate(batch.bodies, batch.before + 1)]
