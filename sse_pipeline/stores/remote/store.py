"""The store that processes share: the contract of a store, over the parts of this folder.

Any thread may call it. It has no lock of its own: each part that it is made of guards itself.
"""

from __future__ import annotations

import atexit
import os
import socket
from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from typing import Any, ClassVar, Protocol, TypeVar
from uuid import uuid4
from weakref import WeakMethod

from ...escaping import make_logger
from ...events.merging import KeptFrames
from ...exceptions import FrameTooLarge, StoreUnavailable, StreamEnded
from ...frames import Frame
from ...lifecycle.snapshot import Snapshot
from ..base import TAIL, Answer, Store
from ..log import Log
from ..stream_contents import Inspection
from . import futures
from .append_request import QueuedAppend
from .batch_writer import BatchWriter
from .command_queue import QueuedRequest
from .commit_request import CommitRequest
from .key_request import KeyRequest
from .lease_keeper import LeaseKeeper, Leases
from .link import Link
from .load_request import LoadRequest
from .replica import Replica
from .replica_cache import ReplicaCache
from .server_clock import ServerClock
from .store_request import StoreContext, StoreRequest
from .tuning import Tuning

logger = make_logger(__name__)

T = TypeVar("T")


class Follower(Protocol):
    """What fills the replicas of this process. Any thread may call it."""

    def fetch(self, stream_id: str) -> Future[Replica]:
        """Return a future of the replica when it holds all that the store holds now.

        The future raises `StreamNotFound` or `StoreUnavailable`.
        """

    def check_all(self) -> None:
        """Update all replicas: something may be missing."""

    def follow(self, *stream_ids: str) -> None:
        """Take note that this process wants to hear more, or less, of these streams."""

    def close(self) -> None:
        """End its threads; callers that wait get `StoreUnavailable`."""


class SharedStore(Store):
    """Streams that any number of processes share.

    A back-end calls the constructor, and then `_connect` with its parts. Neither does any I/O:
    threads and connections are made with the first call that needs one.
    """

    shared = True
    can_inspect = True
    has_keys = True
    arguments: ClassVar[Mapping[str, str]] = {
        **Store.arguments,
        "lease": "LEASE",
        "content_bytes": "CONTENT_BYTES",
    }

    _follower: Follower

    def __init__(
        self,
        *,
        held_bytes: int,
        max_stream_bytes: int,
        keep: float,
        lease: float,
        tuning: Tuning,
        content_bytes: int = 1 << 24,
    ) -> None:
        self._closing_time = tuning.closing_time
        self._max_stream_bytes = max_stream_bytes
        self.recheck = lease
        self._lease = lease
        self._tuning = tuning
        self._pid = os.getpid()
        #: The name of this process in the store: the owner of its components and of its lease.
        self.process = f"{socket.gethostname()}:{self._pid}:{uuid4().hex[:12]}"
        self._clock = ServerClock(tuning.clock_fresh)
        self._replicas = ReplicaCache(held_bytes, tuning.replica_idle)
        self._context = StoreContext(
            self.process, held_bytes, keep, self._replicas, self._is_lost, tuning, content_bytes
        )
        # A weak reference, or the registration would keep every store alive until the exit.
        self._at_exit = partial(_close, WeakMethod(self.close))
        atexit.register(self._at_exit)

    def _connect(
        self, leases: Leases, link: Link, *, on_server_changed: Callable[[], None] = lambda: None
    ) -> None:
        """Make the parts that need the back-end's."""
        self._lease_keeper = LeaseKeeper(
            self.process, self._lease, self._tuning.renewals, leases,
            on_lost=self.check_streams_of, on_renewed=self._tidy,
            on_server_changed=on_server_changed,
        )  # fmt: skip
        self._writer = BatchWriter(self._context, link)

    @abstractmethod
    def _inspection(self, stream_id: str, most: int) -> StoreRequest[Inspection | None]:
        """Return the request of an inspection."""

    @abstractmethod
    def _content(self, stream_id: str) -> StoreRequest[KeptFrames]:
        """Return the request of the frames that are kept for the content."""

    def now(self) -> float:
        return self._clock.now()

    def load(self, stream_id: str) -> Future[Snapshot | None]:
        return self._ask(stream_id, lambda _: LoadRequest(self._context, stream_id))

    def commit(
        self, stream_id: str, old: Snapshot, new: Snapshot, frames: Sequence[Frame]
    ) -> Future[Snapshot]:
        _raise_failure(self._replicas.use(stream_id))
        return self._ask(
            stream_id,
            lambda sequence: CommitRequest(self._context, sequence, (old, new), frames),
        )

    def append(self, stream_id: str, frame: Frame) -> Answer[None]:
        replica = self._replicas.use(stream_id)
        _raise_failure(replica)
        if replica.flag_log.ended:
            raise StreamEnded(f"stream {stream_id} has ended")
        if frame.component in replica.fenced:
            raise StreamEnded(f"component {frame.component} of stream {stream_id} was lost")
        size = len(frame.body)
        if replica.sent_bytes + replica.queued_bytes + size > self._max_stream_bytes:
            raise FrameTooLarge.for_stream(stream_id, self._max_stream_bytes)
        # A stream that is not known may not exist: the caller waits for the server's answer.
        future: Future[None] | None = None if replica.known else futures.new_future()
        replica.queued_bytes += size  # without a lock: see `Replica.release`
        self._writer.put(stream_id, QueuedAppend(frame, frame.component, future=future))
        return future or self._writer.room()

    def note(self, stream_id: str, component: str, note: str) -> None:
        try:
            self._writer.put(stream_id, QueuedAppend(None, component, note))
        except StoreUnavailable:
            return

    def attach(self, stream_id: str, after: int = 0) -> Answer[Log]:
        wants_frames = after < TAIL
        replica, is_followed = self._replicas.attach(stream_id, frames=wants_frames)
        if is_followed and replica.known and not wants_frames:
            return replica.flag_log
        return self._attach(replica, wants_frames)

    def detach(self, stream_id: str) -> None:
        if self._replicas.detach(stream_id):
            self._follower.follow(stream_id)

    def open_streams(self) -> list[str]:
        return [each.stream_id for each in self._replicas.all() if not each.flag_log.ended]

    def inspect(self, stream_id: str, most: int = 20) -> Future[Inspection | None]:
        return self._ask(stream_id, lambda _: self._inspection(stream_id, most))

    def kept_frames(self, stream_id: str) -> Future[KeptFrames]:
        return self._ask(stream_id, lambda _: self._content(stream_id))

    def read_key(self, key: str) -> Future[str]:
        return self._ask(f"key {key}", lambda _: KeyRequest(self._context, key))

    def swap_key(self, key: str, old: str, new: str, life: float) -> Future[str]:
        return self._ask(f"key {key}", lambda _: KeyRequest(self._context, key, old, new, life))

    def close(self) -> None:
        self.closed = True
        atexit.unregister(self._at_exit)
        if self._pid != os.getpid():
            return  # this is a fork: the threads are the parent's
        self._writer.close(self._closing_time)
        self._follower.close()
        self._lease_keeper.close()
        for replica in self._replicas.all():
            replica.fail(StoreUnavailable("the store was closed"))
        super().close()

    def check_streams_of(self, process: str) -> None:
        """Request a check of the streams that a lost process worked on."""
        streams = self._replicas.worked_on_by(process)
        if streams:
            # Whether a component is lost is found, and logged, by the check.
            logger.info(
                "process %s has no lease any more; it worked on %d streams",
                process, len(streams), extra={"streams": streams},
            )  # fmt: skip
        for stream_id in streams:
            self.request_check(stream_id)

    def _ask(self, stream_id: str, make: Callable[[int], StoreRequest[T]]) -> Future[T]:
        future: Future[T] = futures.new_future()
        self._writer.put(stream_id, QueuedRequest(make, future))
        return future

    def _attach(self, replica: Replica, wants_frames: bool) -> Future[Log]:
        """Return a future of the log, which resolves when the log is filled."""
        result: Future[Log] = futures.new_future()
        # Now, not in the callback: the replica drops its frame log with the last `detach`.
        frame_log = replica.frame_log

        def finish(done: Future[Any]) -> None:
            if error := done.exception():
                self.detach(replica.stream_id)
                result.set_exception(error)
            else:
                self._follower.follow(replica.stream_id)
                log = frame_log.log if frame_log and wants_frames else replica.flag_log
                result.set_result(log)

        def fetch(written: Future[Any]) -> None:
            if written.exception():
                finish(written)
            else:
                self._follower.fetch(replica.stream_id).add_done_callback(finish)

        self._written(replica, wants_frames).add_done_callback(fetch)
        return result

    def _written(self, replica: Replica, wants_frames: bool) -> Future[Any]:
        """Return a future that resolves when the frames that wait are written.

        The fetcher has a connection of its own and could overtake the writer: the log would lack
        frames that this process has appended before.
        """
        if wants_frames and replica.queued_bytes:
            with suppress(StoreUnavailable):  # closed: the fetcher says so
                return self.load(replica.stream_id)
        done: Future[None] = futures.new_future()
        done.set_result(None)
        return done

    def _is_lost(self, process: str) -> bool:
        return self._lease_keeper.is_lost(process)

    def _tidy(self) -> None:
        if purged := self._replicas.purge():
            self._follower.follow(*purged)
        self._follower.check_all()


def _raise_failure(replica: Replica) -> None:
    """Raise the failure that lost frames of this process; the stream has a hole."""
    if replica.failure is not None:
        raise StoreUnavailable(
            f"frames of stream {replica.stream_id} could not be written: {replica.failure}"
        ) from replica.failure


def _close(close: WeakMethod[Callable[[], None]]) -> None:
    if method := close():
        method()
