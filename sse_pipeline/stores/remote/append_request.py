"""The append: it adds a batch of a producer's frames, and its signs of life."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass

from ...escaping import make_logger
from ...exceptions import StreamEnded, StreamNotFound
from ...frames import Frame
from . import codec, futures
from .replica import Replica
from .store_request import Part, StoreContext, StoreRequest

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
class ComponentCount:
    """The frames and bytes of one component in a batch, and its last note."""

    frames: int = 0
    bytes: int = 0
    note: str = ""


class AppendRequest(StoreRequest[None]):
    """Appends the frames of a batch as one entry, and counts them for their components.

    It outlives its callers: the store accepted the frames, and mostly nobody waits for them.
    """

    outlives_callers = True

    def __init__(
        self, context: StoreContext, sequence: int, stream_id: str, items: Sequence[QueuedAppend]
    ) -> None:
        super().__init__(context, stream_id)
        self.sequence = sequence
        self.frames = [item.frame for item in items if item.frame]
        self._items = items
        self.futures = [item.future for item in items if item.future]

    def counts(self) -> dict[str, ComponentCount]:
        """Return the counts by component; the name is empty for what belongs to none."""
        counts: dict[str, ComponentCount] = {}
        for item in self._items:
            count = counts.setdefault(item.component or "", ComponentCount())
            count.frames += item.frame is not None
            count.bytes += item.size
            count.note = item.note or count.note
        return counts

    def handle(self, answer: Sequence[Part]) -> AppendRequest | None:
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

    def life_to_renew(self) -> float:
        """Return for how many seconds the stream has to be kept from now on.

        That is 0 for no change. It is kept for half of the time at least, if the last batch that
        renewed it was this process's.
        """
        replica = self.replica
        if replica is not None and time.monotonic() < replica.renew_at:
            return 0
        return self._life

    def fail(self, error: Exception) -> None:
        super().fail(error)
        if (replica := self.replica) is not None:
            _release(replica, self._items)
            # Producers that do not wait hear of the lost frames at their next call.
            replica.failure = replica.failure or (error if self.frames else None)

    def _drop_late_frames(self, outcome: bytes, replica: Replica | None) -> None:
        error: Exception = StreamNotFound.by_id(self.stream_id)
        if outcome == b"missing":
            self.forget_stream()
        else:
            error = StreamEnded(f"stream {self.stream_id} has ended")
            if replica is not None:
                replica.set_flags(cancelled=False, ended=True)
        if self.frames:
            logger.info(
                "%d late frames were dropped: %s", len(self.frames), error,
                extra={"stream_id": self.stream_id, "frames": len(self.frames)},
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
        return AppendRequest(self.context, self.sequence, self.stream_id, rest) if rest else None


def _release(replica: Replica, items: Sequence[QueuedAppend]) -> None:
    # Sum before the subtraction: `queued_bytes -= sum(…)` would read the old value, run the sum,
    # and lose what a producer adds in the meantime.
    size = sum([item.size for item in items])
    replica.release(size)
