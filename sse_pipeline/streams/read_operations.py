"""The operations of those who read a stream, as plans."""

from __future__ import annotations

from abc import ABC, abstractmethod

from ..lifecycle.snapshot import Snapshot
from ..stores import Store
from . import reader
from .plans import Plan, attach, wait
from .reader import Reader, ReadOptions
from .stream_content import Content, make_content


class ReadOperations(ABC):
    """The plans of `StreamOperations` that read."""

    stream_id: str

    @property
    @abstractmethod
    def _store(self) -> Store: ...

    @abstractmethod
    def open(self) -> Plan[None]:
        """Open the stream, unless it is open."""

    @abstractmethod
    def load(self) -> Plan[Snapshot]:
        """Load the snapshot of the stream."""

    def content(self) -> Plan[Content]:
        """Merge the content of the stream.

        Raises:
            StreamNotFound: The stream never existed, or the store has forgotten it.
        """
        snapshot = yield from self.load()
        kept = yield from wait(self._store.kept_frames(self.stream_id))
        return make_content(snapshot, kept)

    def read(self, after: int = 0, options: ReadOptions | None = None) -> Plan[Reader | None]:
        """Attach a reader behind the id `after`; None if that is the id of the terminal frame.

        Raises:
            StreamNotFound: The stream never existed, or the store has forgotten it.
        """
        yield from self.open()
        return (
            yield from reader.open_reader(
                self._store, self.stream_id, after, options or ReadOptions()
            )
        )

    def ends_with(self, frame_id: int) -> Plan[bool]:
        """Return whether an id is that of the terminal frame. Nothing stays attached.

        Raises:
            StreamNotFound: As `read` does.
        """
        log = yield from attach(self._store, self.stream_id, frame_id)
        self._store.detach(self.stream_id)
        return log.ended and frame_id == log.last
