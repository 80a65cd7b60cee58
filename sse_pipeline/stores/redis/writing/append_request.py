"""The append: it adds a batch of a producer's frames, and its signs of life."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass

from ....escaping import make_logger
from ....exceptions import StreamEnded, StreamNotFound
from ....frames import Frame
from .. import codec, futures, keys
from ..connection import Command, ServerAnswer
from ..replica import Replica
from ..scripts import APPEND
from .script_request import ScriptRequest, StoreContext

logger = make_logger(__name__)


@dataclass(slots=True)
class QueuedAppend:
    """A frame to append, or a sign of life of a component if there is no frame.

    `future` belongs to a caller that waits until it is done; None for a caller that does not.
    """

    frame: Frame | None
    component: str | None
    note: str = ""
    future: Future[None] | None = None

    @property
    def size(self) -> int:
        """The bytes of the frame."""
        return len(self.frame.body) if self.frame else 0


@dataclass(slots=True)
class _ComponentCount:
    frames: int = 0
    bytes: int = 0
    note: str = ""


class AppendRequest(ScriptRequest[None]):
    """Appends the frames of a batch as one entry, and counts them for their components.

    It outlives its callers: the store accepted the frames, and mostly nobody waits for them.
    """

    outlives_callers = True

    def __init__(
        self, context: StoreContext, sequence: int, stream_id: str, items: Sequence[QueuedAppend]
    ) -> None:
        super().__init__(context, stream_id)
        self._sequence = sequence
        self._items = items
        self._frames = [item.frame for item in items if item.frame]
        self.futures = [item.future for item in items if item.future]

    def command(self) -> Command:
        counts: dict[str, _ComponentCount] = {}
        for item in self._items:
            count = counts.setdefault(item.component or "", _ComponentCount())
            count.frames += item.frame is not None
            count.bytes += item.size
            count.note = item.note or count.note
        details = [
            part
            for name, count in counts.items()
            for part in (name, count.frames, count.bytes, count.note)
        ]
        return APPEND.command(
            self.keys,
            self.context.process, self._sequence, codec.join_batch(self._frames),
            len(self._frames), self.context.held_bytes, self._life_to_renew(),
            self.context.publish_command(), keys.batches(self.stream_id),
            codec.join_components(self._frames), self.context.content_bytes, *details,
        )  # fmt: skip

    def handle(self, answer: Sequence[ServerAnswer]) -> AppendRequest | None:
        outcome = answer[0]
        if outcome == b"fenced":
            return self._without(answer[3].decode())
        replica = self.replica
        if replica is not None:
            _release(replica, self._items)
            if outcome != b"missing":
                replica.sent_bytes = max(replica.sent_bytes, int(answer[1]))
        if outcome == b"done":
            if replica is not None:
                self._note_done(replica, answer[2])
            self.resolve(None)
        else:
            self._drop_late_frames(outcome, replica)
        return None

    def _note_done(self, replica: Replica, flags: bytes) -> None:
        replica.known = True
        replica.set_flags(*codec.parse_flags(flags))
        if (now := time.monotonic()) >= replica.renew_at:
            replica.renew_at = now + self._life / 2

    @property
    def _life(self) -> float:
        return self.context.tuning.life_after_frame + self.context.keep

    def _life_to_renew(self) -> int:
        """Return for how many milliseconds the keys have to live from now on.

        That is 0 for no change. The keys live on for half of the time at least, if the last batch
        that renewed it was this process's.
        """
        replica = self.replica
        if replica is not None and time.monotonic() < replica.renew_at:
            return 0
        return round(1000 * self._life)

    def fail(self, error: Exception) -> None:
        super().fail(error)
        if (replica := self.replica) is not None:
            _release(replica, self._items)
            # Producers that do not wait hear of the lost frames at their next call.
            replica.failure = replica.failure or (error if self._frames else None)

    def _drop_late_frames(self, outcome: bytes, replica: Replica | None) -> None:
        error: Exception = StreamNotFound.by_id(self.stream_id)
        if outcome == b"missing":
            self.forget_stream()
        else:
            error = StreamEnded(f"stream {self.stream_id} has ended")
            if replica is not None:
                replica.set_flags(cancelled=False, ended=True)
        if self._frames:
            logger.info(
                "%d late frames were dropped: %s", len(self._frames), error,
                extra={"stream_id": self.stream_id, "frames": len(self._frames)},
            )  # fmt: skip
        super().fail(error)

    def _without(self, component: str) -> AppendRequest | None:
        """Drop the items of a component that was given up as lost; return a request of the rest.

        The rest keeps the sequence number: the server has done nothing for it yet.
        """
        dropped = [item for item in self._items if item.component == component]
        rest = [item for item in self._items if item.component != component]
        error = StreamEnded(f"component {component} of stream {self.stream_id} was lost")
        logger.warning(
            "%d frames were dropped: %s", len(dropped), error,
            extra={"stream_id": self.stream_id, "component": component, "frames": len(dropped)},
        )  # fmt: skip
        if (replica := self.replica) is not None:
            _release(replica, dropped)
            replica.fenced |= {component}
        futures.fail([item.future for item in dropped if item.future], error)
        return AppendRequest(self.context, self._sequence, self.stream_id, rest) if rest else None


def _release(replica: Replica, items: Sequence[QueuedAppend]) -> None:
    # Sum before the subtraction: `queued_bytes -= sum(…)` would read the old value, run the sum,
    # and lose what a producer adds in the meantime.
    size = sum([item.size for item in items])
    replica.release(size)
