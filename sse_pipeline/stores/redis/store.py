"""The store over Redis: its writer, its follower and its leases, behind the contract."""

from __future__ import annotations

import atexit
import logging
import os
import socket
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from functools import partial
from typing import Any
from uuid import uuid4
from weakref import WeakMethod

from ...exceptions import FrameTooLarge, StoreUnavailable, StreamEnded
from ...frames import Frame
from ...lifecycle.snapshot import Snapshot
from ..base import TAIL, Answer, Store
from ..inspection import Inspection
from ..log import Log
from . import keys
from .bells import Bells
from .clock import ServerClock
from .commit import Commit
from .connection import Address, Client
from .copies import Copies, Copy
from .follower import Follower
from .lanes import Lanes, Request
from .leases import Leases
from .operations import Inspect, Load, Operation, Process, Sign, promise
from .writer import Writer

logger = logging.getLogger(__name__)

#: Seconds that an ending process has for what it has not written yet.
FAREWELL = 5.0


class RedisStore(Store):
    """Streams that any number of processes share.

    The constructor does no I/O: threads and connections are made with the first call that needs
    one. Raises `ValueError` for an address that is no URL of a server.
    """

    shared = True
    can_inspect = True

    def __init__(
        self,
        *,
        url: str,
        held_bytes: int,
        max_stream_bytes: int,
        keep: float,
        lease: float = 15.0,
    ) -> None:
        self._address = Address(url)
        self._max_stream_bytes = max_stream_bytes
        self.recheck = lease
        self._pid = os.getpid()
        name = f"{socket.gethostname()}:{self._pid}:{uuid4().hex[:12]}"
        self._clock = ServerClock()
        self._copies = Copies(held_bytes)
        self._leases = Leases(
            name,
            lease,
            connect=self._connect,
            on_lost=self._see_to,
            on_beat=self._tidy,
            on_moved=self._address.move,
        )
        self._process = Process(name, held_bytes, keep, self._copies, self._leases.lost)
        self._follower = Follower(self._copies, self._address)
        self._writer = Writer(
            Lanes(self._process), self._clock, self._address, self._leases.start, Bells(self._bells)
        )
        self._at_exit = partial(_close, WeakMethod(self.close))
        atexit.register(self._at_exit)

    def now(self) -> float:
        return self._clock.now()

    def load(self, stream_id: str) -> Future[Snapshot | None]:
        return self._ask(stream_id, lambda _: Load(self._process, stream_id))

    def commit(
        self, stream_id: str, old: Snapshot, new: Snapshot, frames: Sequence[Frame]
    ) -> Future[Snapshot]:
        self._check(self._copies.use(stream_id))
        make = partial(Commit, self._process, change=(old, new), frames=frames)
        return self._ask(stream_id, make)

    def append(self, stream_id: str, frame: Frame) -> Answer[None]:
        copy = self._copies.use(stream_id)
        self._check(copy)
        if copy.flags.ended:
            raise StreamEnded(f"stream {stream_id} has ended")
        if frame.component in copy.fenced:
            raise StreamEnded(f"component {frame.component} of stream {stream_id} was lost")
        size = len(frame.body)
        if copy.total + copy.queued + size > self._max_stream_bytes:
            raise FrameTooLarge(
                f"stream {stream_id} would exceed SSE_PIPELINE['MAX_STREAM_BYTES']"
                f" = {self._max_stream_bytes}"
            )
        future: Future[None] | None = None if copy.known else promise()
        copy.queued += size
        self._writer.put(stream_id, Sign(frame, frame.component, future=future))
        return future or self._writer.room()

    def note(self, stream_id: str, component: str, note: str) -> None:
        try:
            self._writer.put(stream_id, Sign(None, component, note))
        except StoreUnavailable:
            return

    def attach(self, stream_id: str, after: int = 0) -> Answer[Log]:
        wants_frames = after < TAIL
        copy = self._copies.attach(stream_id, frames=wants_frames)
        if copy.known and not wants_frames:
            return copy.flags
        return self._attached(copy, wants_frames)

    def detach(self, stream_id: str) -> None:
        self._copies.detach(stream_id)

    def open_streams(self) -> list[str]:
        return [copy.stream_id for copy in self._copies.all() if not copy.flags.ended]

    def probe(self) -> None:
        self._address.probe()

    def inspect(self, stream_id: str, most: int = 20) -> Future[Inspection | None]:
        return self._ask(stream_id, lambda _: Inspect(self._process, stream_id, most))

    def close(self) -> None:
        self.closed = True
        atexit.unregister(self._at_exit)
        if self._pid != os.getpid():
            return  # the threads are the parent's
        self._writer.close(FAREWELL)
        self._follower.close()
        self._leases.close()

    def _ask(self, stream_id: str, make: Callable[[int], Operation]) -> Future[Any]:
        future = promise()
        self._writer.put(stream_id, Request(make, future))
        return future

    def _check(self, copy: Copy) -> None:
        if copy.failure is not None:
            raise StoreUnavailable(
                f"frames of stream {copy.stream_id} could not be written: {copy.failure}"
            ) from copy.failure

    def _attached(self, copy: Copy, wants_frames: bool) -> Future[Log]:
        """Answer with a log when what it is to hold is there."""
        result: Future[Log] = promise()
        filling = copy.filling

        def settle(asked: Future[Copy]) -> None:
            if error := asked.exception():
                self._copies.detach(copy.stream_id)
                result.set_exception(error)
            else:
                result.set_result(filling.log if filling and wants_frames else copy.flags)

        self._follower.ask(copy.stream_id).add_done_callback(settle)
        return result

    def _connect(self) -> Client:
        return self._address.connect()

    def _bells(self) -> Sequence[str]:
        return keys.bells(self._address.cluster or False)

    def _see_to(self, owner: str) -> None:
        """Have the streams looked at on which a process worked that is lost."""
        streams = [
            copy.stream_id
            for copy in self._copies.all()
            if owner in copy.owners and not copy.flags.ended
        ]
        if streams:
            logger.warning(
                "process %s is lost: its lease ran out, with work on %d streams",
                owner, len(streams), extra={"streams": streams},
            )  # fmt: skip
        for stream_id in streams:
            self.request_check(stream_id)

    def _tidy(self) -> None:
        self._copies.purge()
        self._follower.look_at_all()


def _close(closing: WeakMethod[Callable[[], None]]) -> None:
    if close := closing():
        close()
