"""What is asked of the server: each operation, its command, and what its answer brings about."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from ...frames import Frame, numbered
from ..inspection import Inspection, readers_of
from . import codec, keys
from .codec import Lost
from .copies import Copies, Copy
from .line import Command
from .scripts import INSPECT, LOAD


def promise() -> Future[Any]:
    """Make a future that can't be cancelled: what it stands for can't be taken back."""
    future: Future[Any] = Future()
    future.set_running_or_notify_cancel()
    return future


@dataclass(frozen=True, slots=True)
class Process:
    """This process as the server knows it, and the bounds of its streams."""

    name: str
    held_bytes: int
    keep: float
    copies: Copies
    lost: Lost


@dataclass(slots=True)
class Sign:
    """A frame to be appended, or without one a sign of life; `future` is of who waits for it."""

    frame: Frame | None
    component: str | None
    note: str = ""
    future: Future[None] | None = None

    @property
    def size(self) -> int:
        """The bytes of the frame."""
        return len(self.frame.body) if self.frame else 0


class Operation(ABC):
    """One script call on one stream. It is repeated as it is until it is answered."""

    #: Whether others are to be told of the stream, and of its flags.
    rings = False
    flags = False

    def __init__(self, process: Process, stream_id: str) -> None:
        self.process = process
        self.stream_id = stream_id
        self.futures: list[Future[Any]] = []

    @property
    def copy(self) -> Copy | None:
        """What this process knows of the stream."""
        return self.process.copies.find(self.stream_id)

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of the stream."""
        return keys.state(self.stream_id), keys.log(self.stream_id)

    @abstractmethod
    def command(self) -> Command:
        """Return the command."""

    @abstractmethod
    def answer(self, reply: Sequence[Any]) -> Operation | None:
        """Take the script's answer, without the time; return what is to be done instead, if so."""

    def fail(self, error: Exception) -> None:
        """Give the operation up."""
        for future in self.futures:
            if not future.done():
                future.set_exception(error)

    def tell(self, result: Any) -> None:
        """Give those who wait a result."""
        for future in self.futures:
            if not future.done():
                future.set_result(result)


class Load(Operation):
    """A snapshot is read."""

    def command(self) -> Command:
        return LOAD.command(self.keys[:1])

    def answer(self, reply: Sequence[Any]) -> None:
        kept = codec.pairs(reply[0])
        if not kept:
            if copy := self.copy:
                copy.known = False
            self.tell(None)
            return
        snapshot = codec.parse(kept, self.process.lost)
        self.process.copies.learn(snapshot)
        self.tell(snapshot)


class Inspect(Operation):
    """The last frames are read, `most` of them; the readers are those of this process."""

    def __init__(self, process: Process, stream_id: str, most: int) -> None:
        super().__init__(process, stream_id)
        self._most = most

    def command(self) -> Command:
        return INSPECT.command(self.keys, self._most)

    def answer(self, reply: Sequence[Any]) -> None:
        if reply[0] == b"missing":
            self.tell(None)
            return
        _, last, held, entries = reply
        frames = [frame for entry in reversed(entries) for frame in _numbered(*entry)]
        filling = self.copy.filling if self.copy else None
        readers = readers_of(filling.log) if filling else ()
        self.tell(Inspection(int(last), int(held), tuple(frames[-self._most :]), readers))


def _numbered(position: bytes, fields: Sequence[bytes]) -> list[bytes]:
    """Return the frames of an entry as they are sent."""
    bodies = codec.split(codec.pairs(fields)[b"frames"])
    first = int(position.partition(b"-")[0]) - len(bodies) + 1
    return [numbered(number, body) for number, body in enumerate(bodies, first)]
