"""The append: a batch of a producer's frames, and its signs of life."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ...exceptions import StreamEnded, StreamNotFound
from . import codec
from .copies import Copy
from .line import Command
from .operations import Operation, Process, Sign
from .scripts import APPEND

logger = logging.getLogger(__name__)

#: Seconds that a stream is kept after its last frame, at least.
AFTER_A_FRAME = 3600.0


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
