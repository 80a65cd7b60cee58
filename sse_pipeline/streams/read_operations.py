"""The operations of those who read a stream, as plans."""

from __future__ import annotations

import functools
import os
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TypeVar

from .. import frames
from ..events.merging import KeptFrames
from ..lifecycle.snapshot import Snapshot
from ..stores import Store
from . import reader
from .daemon_executor import DaemonExecutor
from .plans import Plan, attach, wait
from .reader import Reader, ReadOptions
from .stream_content import Content, make_content

T = TypeVar("T")

#: How many contents are merged at a time.
THREADS = 2


@functools.cache
def _executor() -> DaemonExecutor:
    return DaemonExecutor(THREADS, "sse-content")


os.register_at_fork(after_in_child=_executor.cache_clear)


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
        return make_content(*(yield from self._contents()))

    def content_apart(self) -> Plan[Content]:
        """Merge the content in a thread of its own: a large one would block an event loop."""
        return (yield from self._apart(make_content))

    def _apart(self, work: Callable[[Snapshot, KeptFrames], T]) -> Plan[T]:
        contents = yield from self._contents()
        made: T = yield _executor().submit(work, *contents)
        return made

    def _contents(self) -> Plan[tuple[Snapshot, KeptFrames]]:
        # In this order: a component that is settled in the snapshot has all its frames in the log.
        snapshot = yield from self.load()
        return snapshot, (yield from wait(self._store.kept_frames(self.stream_id)))

    def read(self, after: int = 0, options: ReadOptions | None = None) -> Plan[Reader | None]:
        """Attach a reader behind the id `after`; None if that is the id of the terminal frame.

        Raises:
            StreamNotFound: The stream never existed, or the store has forgotten it.
        """
        yield from self.open()
        options = options or ReadOptions()
        if options.merged and not (after and (yield from self._holds(after))):
            after, frame = yield from self._merged()
            options = options._replace(opening=options.opening + frame)
        return (yield from reader.open_reader(self._store, self.stream_id, after, options))

    def _merged(self) -> Plan[tuple[int, bytes]]:
        """Return the frame with the content, and the id behind which the stream goes on.

        What settled between two answers of the store would be in neither of them: the content is
        made anew until nothing did.
        """
        before = yield from self.load()
        while True:
            after, frame = yield from self._apart(_merged_frame)
            behind = yield from self.load()
            if behind.version == before.version:
                return after, frame
            before = behind

    def _holds(self, after: int) -> Plan[bool]:
        """Return whether all frames behind an id are held, and it is one of this stream."""
        log = yield from attach(self._store, self.stream_id, after)
        self._store.detach(self.stream_id)
        return after <= log.last and log.take(after, 1).first == after + 1

    def ends_with(self, frame_id: int) -> Plan[bool]:
        """Return whether an id is that of the terminal frame. Nothing stays attached.

        Raises:
            StreamNotFound: As `read` does.
        """
        log = yield from attach(self._store, self.stream_id, frame_id)
        self._store.detach(self.stream_id)
        return log.ended and frame_id == log.last


def _merged_frame(snapshot: Snapshot, kept: KeptFrames) -> tuple[int, bytes]:
    """Return the frame with the content, and the id behind which the stream goes on."""
    content = make_content(snapshot, kept)
    return content.until, frames.merged(content.until, content.to_document())
