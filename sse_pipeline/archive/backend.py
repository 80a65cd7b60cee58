"""The protocol of a back-end: where the records of ended streams are kept."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import NamedTuple


class ArchiveEntry(NamedTuple):
    """A stream as a back-end keeps it.

    `expires` is in seconds since 1970; None for a stream that is kept for ever. `head` and `data`
    mean something to `archive.record` alone. The head is small, and is read without the data.
    """

    stream_id: str
    owner: str | None
    expires: float | None
    head: bytes
    data: bytes


class ArchiveBackend(ABC):
    """Keeps entries. Its methods block, and come from any thread, several at a time.

    Each may raise what it likes: a `put` is tried again, a reader gets `StoreUnavailable`, and
    whoever deletes gets the error.
    """

    @abstractmethod
    def put(self, entry: ArchiveEntry) -> None:
        """Keep an entry, in the place of one with the same id."""

    @abstractmethod
    def get_head(self, stream_id: str) -> bytes | None:
        """Return the head of a stream; None if there is none, or if its time is over.

        Whoever knows an id can ask for it: the data must cost nothing here.
        """

    @abstractmethod
    def get(self, stream_id: str) -> bytes | None:
        """Return the data of a stream; None if there is none, or if its time is over."""

    @abstractmethod
    def remove(self, stream_id: str) -> bool:
        """Delete a stream; return whether there was one."""

    @abstractmethod
    def forget(self, owner: str) -> int:
        """Delete all streams of an owner; return how many."""

    @abstractmethod
    def sweep(self, most: int) -> int:
        """Delete streams whose time is over, about so many at most; return how many."""
