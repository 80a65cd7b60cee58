"""The contract of a store: where streams are kept, and where producers and readers meet.

Each method returns its value, or a `concurrent.futures.Future` of it where it has to wait; none
blocks. `sse_pipeline.testing.check_store` puts any implementation through the contract.
"""

import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import TypeAlias, TypeVar

from ..frames import Frame
from ..snapshot import Snapshot
from .inspection import Inspection
from .log import Log

T = TypeVar("T")
Answer: TypeAlias = T | Future[T]

#: Attach after this for the flags and the bell alone, with no frame.
TAIL = sys.maxsize


class Store(ABC):
    """Streams by id. What was committed or appended is read by all in the same order."""

    #: Whether other processes see the same streams.
    shared = False
    #: Whether `inspect` shows anything.
    can_inspect = False
    #: Seconds after which an open stream is looked at again, as others may have changed it.
    recheck: float | None = None
    #: Whether it was closed for good.
    closed = False
    #: Called, from any thread, with a stream that is to be looked at now.
    alarm: Callable[[str], None] = staticmethod(lambda _: None)

    @abstractmethod
    def __init__(self, *, held_bytes: int, max_stream_bytes: int, keep: float) -> None:
        """Make a store: what is held and sent of a stream at most, and kept after its end."""

    @abstractmethod
    def now(self) -> float:
        """Return the time by the store's clock, in seconds, as near as this process knows it."""

    @abstractmethod
    def load(self, stream_id: str) -> Answer[Snapshot | None]:
        """Return the stream as it is, after all that this process has written to it.

        None for one that never was, or that ended more than `KEEP` seconds ago.
        """

    @abstractmethod
    def commit(
        self, stream_id: str, old: Snapshot, new: Snapshot, frames: Sequence[Frame]
    ) -> Answer[Snapshot]:
        """Replace `old` by `new` and append the frames, in one atomic step.

        Returns the snapshot that holds then: `new` itself, or where `old` is of another version
        than the one that is kept, that one, and nothing was changed. An `old` of version 0 opens
        the stream. Raises `StreamNotFound` where there is nothing to replace.
        """

    @abstractmethod
    def append(self, stream_id: str, frame: Frame) -> Answer[None]:
        """Append a producer's frame after all that this process appended or committed before.

        A future means that there is no room yet. Raises `StreamEnded` after the end,
        `FrameTooLarge` over `MAX_STREAM_BYTES`, and `StreamNotFound`. A shared store may find out
        later that the stream has ended, and then drops the frame.
        """

    @abstractmethod
    def note(self, stream_id: str, component: str, note: str) -> None:
        """Keep the last note of a component, which is a sign of life. May be lost."""

    def claim(self, stream_id: str, component: str) -> None:
        """Take a pending component over: it lives as long as this process does. A sign of life."""
        self.note(stream_id, component, "")

    @abstractmethod
    def attach(self, stream_id: str, after: int = 0) -> Answer[Log]:
        """Return the log of a stream, and keep it filled until as many calls of `detach`.

        It holds what the store held after the id `after` when this was called. Raises
        `StreamNotFound`.
        """

    @abstractmethod
    def detach(self, stream_id: str) -> None:
        """Take an `attach` back. Never raises."""

    @abstractmethod
    def open_streams(self) -> list[str]:
        """Return the ids of the streams that this process has open."""

    def probe(self) -> None:  # noqa: B027
        """Raise `StoreUnavailable`, which says why, where the store can't be used now.

        Unlike all others this one blocks, for seconds.
        """

    def inspect(self, stream_id: str, most: int = 20) -> Answer[Inspection | None]:
        """Return the last frames, `most` of them at most, and the readers, of a stream.

        None for one that is not known, and of a store that can't.
        """
        return None

    def sweep(self) -> float | None:
        """Drop what has been kept long enough, where that does not happen by itself.

        Returns the seconds until there will be more of it; None for nothing to come.
        """
        return None

    def close(self) -> None:  # noqa: B027
        """Let go of everything: this process is another now, or needs the store no more."""
