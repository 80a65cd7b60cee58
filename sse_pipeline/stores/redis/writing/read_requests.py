"""The requests that change nothing: load and inspect.

They go through the writer too, so that a caller sees all that its process has written before.
"""

from __future__ import annotations

from collections.abc import Sequence

from ....frames import numbered
from ....lifecycle.snapshot import Snapshot
from ...stream_contents import Inspection, readers_of
from .. import codec
from ..batch import batch_of_entry
from ..connection import Command, ServerAnswer
from ..scripts import INSPECT, LOAD
from .script_request import ScriptRequest, StoreContext


class LoadRequest(ScriptRequest[Snapshot | None]):
    """Reads the snapshot of a stream."""

    def command(self) -> Command:
        return LOAD.command(self.keys[:1])

    def handle(self, answer: Sequence[ServerAnswer]) -> None:
        kept = codec.as_mapping(answer[0])
        if not kept:
            self.forget_stream()
            self.resolve(None)
            return
        snapshot = codec.parse_hash(kept, self.context.is_lost)
        self.context.replicas.update(snapshot)
        self.resolve(snapshot)


class InspectRequest(ScriptRequest[Inspection | None]):
    """Reads the last frames of a stream; the readers are those of this process."""

    def __init__(self, context: StoreContext, stream_id: str, most: int) -> None:
        super().__init__(context, stream_id)
        self._most = most

    def command(self) -> Command:
        return INSPECT.command(self.keys, self._most)

    def handle(self, answer: Sequence[ServerAnswer]) -> None:
        if answer[0] == b"missing":
            self.resolve(None)
            return
        _, last, held, entries = answer
        frames = [frame for entry in reversed(entries) for frame in _frames_of(*entry)]
        frame_log = self.replica.frame_log if self.replica else None
        readers = readers_of(frame_log.log) if frame_log else ()
        self.resolve(Inspection(int(last), int(held), tuple(frames[-self._most :]), readers))


def _frames_of(entry_id: bytes, fields: Sequence[bytes]) -> list[bytes]:
    """Return the frames of an entry with their ids, as they are sent."""
    batch = batch_of_entry(entry_id, fields)
    return [numbered(number, body) for number, body in enumerate(batch.bodies, batch.before + 1)]
