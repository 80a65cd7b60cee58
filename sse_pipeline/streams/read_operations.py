"""The operations of those who read a stream, as plans."""

from __future__ import annotations

import functools
import os
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TypeVar

from .. import archive, frames
from ..archive.restored_stream import RestoredStream
from ..events.merging import KeptFrames
from ..exceptions import StreamNotFound
from ..lifecycle.snapshot import Snapshot
from ..stores import Store
from ..stores.log import Log
from . import reader
from .daemon_executor import DaemonExecutor
from .plans import Plan, attach, wait
from .reader import Reader, ReadOptions
from .stream_content import Content, make_content

T = TypeVar("T")

#: How many contents are merged at a time, and how many streams are read from the archive.
THREADS = 2
ARCHIVE_THREADS = 4


@functools.cache
def _executor() -> DaemonExecutor:
    return DaemonExecutor(THREADS, "sse-content")


@functools.cache
def _archive_executor() -> DaemonExecutor:
    return DaemonExecutor(ARCHIVE_THREADS, "sse-archive-reader")


os.register_at_fork(after_in_child=_executor.cache_clear)
os.register_at_fork(after_in_child=_archive_executor.cache_clear)


class ReadOperations(ABC):
    """The plans of `StreamOperations` that read."""

    stream_id: str
    #: The stream as the archive has it, once it was found there.
    _archived: RestoredStream | None = None

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
        return snapshot, (yield from self._of_either(self._kept_frames))

    def _kept_frames(self, store: Store) -> Plan[KeptFrames]:
        return (yield from wait(store.kept_frames(self.stream_id)))

    def _of_either(self, ask: Callable[[Store], Plan[T]], *, frames: bool = True) -> Plan[T]:
        """Ask the store; ask the archive if the store has forgotten the stream.

        Without `frames` the archive is asked for the snapshot alone, which costs little.

        Raises:
            StreamNotFound: Neither has it.
        """
        if self._archived is None:
            try:
                return (yield from ask(self._store))
            except StreamNotFound:
                if archive.current() is None:
                    raise
                found = yield _archive_executor().submit(archive.find, self.stream_id)
                if found is None:
                    raise
                self._archived = found
        if frames and not self._archived.is_filled:
            yield _archive_executor().submit(archive.restore, self._archived)
        return (yield from ask(self._archived))

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
        return (
            yield from self._of_either(
                lambda store: reader.open_reader(store, self.stream_id, after, options)
            )
        )

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
        log = yield from self._of_either(lambda store: self._look(store, after))
        return after <= log.last and log.take(after, 1).first == after + 1

    def ends_with(self, frame_id: int) -> Plan[bool]:
        """Return whether an id is that of the terminal frame. Nothing stays attached.

        Raises:
            StreamNotFound: As `read` does.
        """
        log = yield from self._of_either(lambda store: self._look(store, frame_id))
        return log.ended and frame_id == log.last

    def _look(self, store: Store, after: int) -> Plan[Log]:
        """Return the log as it is behind an id. Nothing stays attached."""
        log = yield from attach(store, self.stream_id, after)
        store.detach(self.stream_id)
        return log


def _merged_frame(snapshot: Snapshot, kept: KeptFrames) -> tuple[int, bytes]:
    """Return the frame with the content, and the id behind which the stream goes on."""
    content = make_content(snapshot, kept)
    return content.until, frames.merged(content.until, content.to_document())
