"""A stream that the archive gave back: a store of this one stream, for its readers."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from typing import NoReturn

from ..events.merging import KeptFrames
from ..exceptions import StreamEnded
from ..frames import Frame
from ..lifecycle.snapshot import Snapshot
from ..stores import Store, stream_contents
from ..stores.log import Log
from ..stores.stream_contents import Inspection
from .record import ArchivedFrames, shifted


class RestoredLog(Log):
    """A log of frames that have their ids. A frame that was not kept is empty."""

    __slots__ = ()

    @staticmethod
    def _frame_of(number: int, body: bytes) -> bytes:
        return body


class RestoredStream(Store):
    """One ended stream. Each method answers at once; `fill` it before its frames are read."""

    can_inspect = True
    _kept: KeptFrames
    _log: Log

    def __init__(self, snapshot: Snapshot, now: float) -> None:
        """Bring a stream back; `now` is the time by the clock of the site's store."""
        self._clock = now - time.time()
        self.snapshot = shifted(snapshot, self._clock)
        self.is_filled = False

    def fill(self, archived: ArchivedFrames) -> None:
        """Put the frames in their places."""
        self._kept, self._log = archived.kept, _log_of(self.snapshot, archived)
        self.is_filled = True

    def now(self) -> float:
        return time.time() + self._clock

    def load(self, stream_id: str) -> Snapshot:
        return self.snapshot

    def commit(
        self, stream_id: str, old: Snapshot, new: Snapshot, frames: Sequence[Frame]
    ) -> Snapshot:
        return self.snapshot

    def append(self, stream_id: str, frame: Frame) -> NoReturn:
        raise StreamEnded(f"stream {stream_id} is {self.snapshot.state}")

    def note(self, stream_id: str, component: str, note: str) -> None:
        pass

    def attach(self, stream_id: str, after: int = 0) -> Log:
        return self._log

    def detach(self, stream_id: str) -> None:
        pass

    def inspect(self, stream_id: str, most: int = 20) -> Inspection:
        return stream_contents.inspect(self._log, most)

    def kept_frames(self, stream_id: str) -> KeptFrames:
        return self._kept

    def open_streams(self) -> list[str]:
        return []


def _log_of(snapshot: Snapshot, archived: ArchivedFrames) -> Log:
    log, last, bodies = RestoredLog(sys.maxsize), 0, list[bytes]()
    for number, frame in _numbered_frames(archived.frames):
        if last < archived.resumes <= number:
            log.append(bodies)
            log.skip(archived.resumes - 1)
            last, bodies = archived.resumes - 1, []
        bodies += [b""] * (number - last - 1)
        bodies.append(frame)
        last = number
    log.append(bodies)
    log.cancelled, log.ended = snapshot.cancelled, snapshot.terminal
    return log


def _numbered_frames(joined: bytes) -> Iterator[tuple[int, bytes]]:
    for block in joined.split(b"\n\n")[:-1]:
        yield int(block[block.rindex(b"\nid: ") + len(b"\nid: ") :]), block + b"\n\n"
