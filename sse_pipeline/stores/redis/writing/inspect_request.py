"""The inspection: it reads the last frames of a stream, through the writer as a load does."""

from __future__ import annotations

from collections.abc import Sequence

from ....frames import numbered
from ...remote.store_request import Part, StoreContext, StoreRequest
from ...stream_contents import Inspection, readers_of
from ..entries import batch_of_entry


class InspectRequest(StoreRequest[Inspection | None]):
    """Reads the last frames of a stream; the readers are those of this process."""

    def __init__(self, context: StoreContext, stream_id: str, most: int) -> None:
        super().__init__(context, stream_id)
        self.most = most

    def handle(self, answer: Sequence[Part]) -> None:
        if answer[0] == b"missing":
            self.resolve(None)
            return
        _, last, held, entries = answer
        frames = [frame for entry in reversed(entries) for frame in _frames_of(*entry)]
        frame_log = self.replica.frame_log if self.replica else None
        readers = readers_of(frame_log.log) if frame_log else ()
        self.resolve(Inspection(int(last), int(held), tuple(frames[-self.most :]), readers))


def _frames_of(entry_id: bytes, fields: Sequence[bytes]) -> list[bytes]:
    """Return the frames of an entry with their ids, as they are sent."""
    batch = batch_of_entry(entry_id, fields)
    return [numbered(number, body) for number, body in enumerate(batch.bodies, batch.before + 1)]
