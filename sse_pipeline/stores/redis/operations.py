"""What is asked of the server: each operation, its command, and what its answer brings about."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, TypeAlias

from ...exceptions import StreamEnded, StreamNotFound
from ...frames import Frame, numbered
from ...registry import Component, Registry, Status
from ...snapshot import Snapshot
from ..inspection import Inspection, readers_of
from . import codec, keys
from .codec import Lost
from .copies import Copies, Copy
from .scripts import APPEND, COMMIT, INSPECT, LOAD

logger = logging.getLogger(__name__)

Command: TypeAlias = tuple[Any, ...]

#: Seconds that a stream without a deadline is kept after its last commit, and any stream after
#: its last frame.
UNBOUNDED = 7 * 86400.0
AFTER_A_FRAME = 3600.0


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


class Commit(Operation):
    """A snapshot is replaced, if it is still the one that was decided on."""

    rings = True

    def __init__(
        self,
        process: Process,
        sequence: int,
        change: tuple[Snapshot, Snapshot],
        frames: Sequence[Frame],
    ) -> None:
        self.old, self.new = change
        super().__init__(process, self.new.stream_id)
        self._sequence = sequence
        self._frames = codec.joined(frames)
        self._count = len(frames)
        self.flags = codec.flags(self.old) != codec.flags(self.new)

    def command(self) -> Command:
        claimed = [each.name for each in self._changed("pending") if each.claim_within is None]
        lost = [each.name for each in self._changed(Status.LOST)]
        return COMMIT.command(
            self.keys,
            self.process.name, self._sequence, self.old.version, self.new.version,
            codec.dump(self.new), self._frames, self._count, codec.flags(self.new),
            self.process.held_bytes, self._life(), len(claimed), *claimed, *lost,
        )  # fmt: skip

    def answer(self, reply: Sequence[Any]) -> None:
        outcome = reply[0]
        if outcome == b"missing":
            self.fail(StreamNotFound(f"stream {self.stream_id} never was, or is forgotten"))
            return
        held = self.new
        if outcome == b"lost":
            held = codec.parse(codec.pairs(reply[1]), self.process.lost)
        copy = self.process.copies.learn(held)
        if held is self.new:
            copy.total = max(copy.total, int(reply[1]))
        self.tell(held)

    def _changed(self, status: str) -> list[Component]:
        before = self.old.registry if self.old.version else Registry()
        return [
            each
            for each in self.new.registry
            if each.status == status
            and ((known := before.get(each.name)) is None or known.status != status)
        ]

    def _life(self) -> int:
        life = 0.0
        if not self.new.terminal:
            deadline = self.new.limits.deadline
            life = UNBOUNDED if deadline is None else deadline
        return max(1, round(1000 * (life + self.process.keep)))


@dataclass(slots=True)
class _Count:
    frames: int = 0
    bytes: int = 0
    note: str = ""


class Append(Operation):
    """Frames are appended, or signs of life taken note of."""

    def __init__(
        self, process: Process, sequence: int, stream_id: str, signs: Sequence[Sign]
    ) -> None:
        super().__init__(process, stream_id)
        self._sequence = sequence
        self._signs = signs
        self._frames = [sign.frame for sign in signs if sign.frame]
        self.futures = [sign.future for sign in signs if sign.future]
        self.rings = bool(self._frames)

    def command(self) -> Command:
        counts: dict[str, _Count] = {}
        for sign in self._signs:
            count = counts.setdefault(sign.component or "", _Count())
            count.frames += sign.frame is not None
            count.bytes += sign.size
            count.note = sign.note or count.note
        details = [
            part
            for name, count in counts.items()
            for part in (name, count.frames, count.bytes, count.note)
        ]
        life = round(1000 * (AFTER_A_FRAME + self.process.keep))
        return APPEND.command(
            self.keys,
            self.process.name, self._sequence, codec.joined(self._frames), len(self._frames),
            self.process.held_bytes, life, *details,
        )  # fmt: skip

    def answer(self, reply: Sequence[Any]) -> Operation | None:
        outcome = reply[0]
        if outcome == b"fenced":
            return self._without(reply[2].decode())
        copy = self.copy
        if copy is not None:
            copy.queued -= sum(sign.size for sign in self._signs)
            if outcome != b"missing":
                copy.total = max(copy.total, int(reply[1]))
        if outcome == b"done":
            if copy is not None:
                copy.known = True
            self.tell(None)
        else:
            self._refuse(outcome, copy)
        return None

    def fail(self, error: Exception) -> None:
        super().fail(error)
        if (copy := self.copy) is not None:
            copy.queued -= sum(sign.size for sign in self._signs)
            copy.failure = copy.failure or (error if self._frames else None)

    def _refuse(self, outcome: bytes, copy: Copy | None) -> None:
        error: Exception = StreamNotFound(f"stream {self.stream_id} never was, or is forgotten")
        if outcome == b"ended":
            error = StreamEnded(f"stream {self.stream_id} has ended")
        elif copy is not None:
            copy.known = False
        if copy is not None:
            copy.tell(cancelled=False, ended=outcome == b"ended")
        if self._frames:
            logger.info(
                "%d late frames were dropped: %s", len(self._frames), error,
                extra={"stream_id": self.stream_id, "frames": len(self._frames)},
            )  # fmt: skip
        super().fail(error)

    def _without(self, component: str) -> Operation | None:
        """Drop what is of a component that was given up as lost; return the rest."""
        mine = [sign for sign in self._signs if sign.component == component]
        rest = [sign for sign in self._signs if sign.component != component]
        error = StreamEnded(f"component {component} of stream {self.stream_id} was lost")
        logger.warning(
            "%d frames were dropped: %s", len(mine), error,
            extra={"stream_id": self.stream_id, "component": component, "frames": len(mine)},
        )  # fmt: skip
        if (copy := self.copy) is not None:
            copy.queued -= sum(sign.size for sign in mine)
            copy.fenced |= {component}
        for sign in mine:
            if sign.future and not sign.future.done():
                sign.future.set_exception(error)
        return Append(self.process, self._sequence, self.stream_id, rest) if rest else None
