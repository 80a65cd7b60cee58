"""The commit: a stream's snapshot is replaced, and the frames that it brings are appended."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...exceptions import StreamNotFound
from ...frames import Frame
from ...lifecycle.registry import Component, Registry, Status
from ...lifecycle.snapshot import Snapshot
from . import codec
from .line import Command
from .operations import Operation, Process
from .scripts import COMMIT

#: Seconds that a stream without a deadline is kept after its last commit.
UNBOUNDED = 7 * 86400.0


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
