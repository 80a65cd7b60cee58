"""The engine: what a kind of database has to do for the store.

`DatabaseLink`, `BatchFollower` and `TableLeases` are the same on each database; all that differs is
behind the two classes here.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import ClassVar, NamedTuple

from ..remote.append_request import AppendRequest
from ..remote.batch import Batch
from ..remote.commit_request import CommitRequest
from ..remote.key_request import KeyRequest
from ..remote.store_request import Part
from ..remote.waker import Waker
from .kept_request import ContentBatch


class StreamRow(NamedTuple):
    """The state of a stream: its record, and what its last batch says.

    `counts` are those of the hash that `remote.codec` decodes. `held` is a number of bytes.
    """

    moment: float
    snapshot: bytes
    flags: str
    first: bytes
    version: int
    last: int
    total: int
    counts: Mapping[str, object]

    def fields(self) -> dict[bytes, bytes]:
        """Return the fields that `remote.codec.parse_hash` decodes."""
        return fields_of(self.snapshot, self.version, self.counts)


class Heard(NamedTuple):
    """The streams that have new batches, and those of them whose flags have changed."""

    streams: frozenset[str] = frozenset()
    flagged: frozenset[str] = frozenset()
    #: Whether any stream may have changed: nobody says which.
    anything: bool = False


class Session(ABC):
    """A connection of one thread. After an error of `DatabaseEngine.failures` close it.

    Each step is one transaction, and is repeated safely: see `BatchWriter`.
    """

    #: Whether bells are heard. If not, the database is asked in intervals.
    hears = False
    #: Why no bells are heard though the database has some; None if that is no fault.
    silence: str | None = None

    @abstractmethod
    def append(self, requests: Sequence[AppendRequest]) -> tuple[float, list[Sequence[Part]]]:
        """Append batches to streams, one to each; return the time, and an answer to each."""

    @abstractmethod
    def commit(self, request: CommitRequest) -> tuple[float, Sequence[Part]]:
        """Replace a snapshot; return the time and the answer."""

    @abstractmethod
    def load(self, streams: Sequence[str]) -> dict[str, StreamRow]:
        """Return the state of those streams that there are."""

    @abstractmethod
    def fetch(self, after: Mapping[str, int], most: int) -> dict[str, list[Batch]]:
        """Return the batches that follow a number in each stream, and at most so many of each.

        The number of a batch is in the place of its version.
        """

    @abstractmethod
    def tail(self, stream: str, most: int) -> tuple[list[Batch], int]:
        """Return the last batches of a stream, the newest first, and the bytes that are held."""

    @abstractmethod
    def content(self, stream: str, after: int, most: int) -> tuple[bool | None, list[ContentBatch]]:
        """Return the batches that follow a number, at most so many, with what is kept of them.

        The first value tells whether content was dropped for which there was no room; it is None
        for a stream that there is not.
        """

    @abstractmethod
    def swap_key(self, request: KeyRequest) -> str:
        """Give a key its new text if it has the old one; return the text that it has then."""

    @abstractmethod
    def renew(self, process: str, seconds: float, watched: Sequence[str]) -> tuple[str, list[bool]]:
        """Renew a lease; return the id of the server's run, and which of the watched have one."""

    @abstractmethod
    def give_back(self, process: str) -> None:
        """End a lease."""

    @abstractmethod
    def sweep(self, most: int) -> int:
        """Delete at most so many streams whose time is over, and keys; return how many streams."""

    @abstractmethod
    def listen(self) -> None:
        """Hear bells from now on, if the database has any; else set `silence`."""

    @abstractmethod
    def wait(self, waker: Waker, *, following: bool) -> Heard:
        """Wait for bells, or for the waker; `following` is whether open streams are followed."""

    @abstractmethod
    def close(self) -> None:
        """Close the connection."""


class DatabaseEngine(ABC):
    """Makes the sessions of a store. Any thread may call it."""

    #: The errors of a session that may pass by themselves. The connection is closed after each.
    failures: ClassVar[tuple[type[Exception], ...]]

    @abstractmethod
    def open(self) -> Session:
        """Open a connection. An error of `failures` says that there is none now."""

    @abstractmethod
    def describe(self) -> str:
        """Return the name of the database for people."""


def fields_of(snapshot: bytes, version: int, counts: Mapping[str, object]) -> dict[bytes, bytes]:
    """Return the fields that `remote.codec.parse_hash` decodes."""
    kept = {key.encode(): str(value).encode() for key, value in counts.items()}
    return {**kept, b"snapshot": snapshot, b"version": str(version).encode()}
