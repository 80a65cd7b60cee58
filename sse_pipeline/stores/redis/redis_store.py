"""The store over Redis: the contract of a store, over its writer, its readers and its lease.

Any thread may call it. It has no lock of its own: each part that it is made of guards itself.
"""

from __future__ import annotations

import atexit
import os
import socket
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from typing import Any, ClassVar, TypeVar
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
from .connection_slot import ReconnectSignal
from .lease_keeper import LeaseKeeper
from .reading.stream_fetcher import StreamFetcher
from .reading.subscriber import Subscriber
from .replica import Replica
from .replica_cache import ReplicaCache
from .server import Server
from .server_clock import ServerClock
from .tuning import Tuning
from .writing.append_request import QueuedAppend
from .writing.batch_writer import BatchWriter
from .writing.command_queue import QueuedRequest
from .writing.commit_request import CommitRequest
from .writing.content_request import ContentRequest
from .writing.key_request import KeyRequest
from .writing.read_requests import InspectRequest, LoadRequest
from .writing.script_request import ScriptRequest, StoreContext

logger = make_logger(__name__)

T = TypeVar("T")


class RedisStore(Store):
    """Streams that any number of processes share.

    The constructor does no I/O: threads and connections are made with the first call that needs
    one. `make_server` is for tests that let the server fail.

    Raises:
        ValueError: `url` is not a URL of a server. The message may show its password.
    """

    shared = True
    can_inspect = True
    has_keys = True
    arguments: ClassVar[Mapping[str, str]] = {
        **Store.arguments,
        "lease": "LEASE",
        "content_bytes": "CONTENT_BYTES",
    }

    def __init__(
        self,
        *,
        url: str,
        held_bytes: int,
        max_stream_bytes: int,
        keep: float,
        lease: float = 15.0,
        content_bytes: int = 1 << 24,
        tuning: Tuning | None = None,
        make_server: Callable[[str, Tuning], Server] = Server,
    ) -> None:
        tuning = tuning or Tuning()
        self._closing_time = tuning.closing_time
        self._max_stream_bytes = max_stream_bytes
        self.recheck = lease
        self._pid = os.getpid()
        #: The name of this process in the store: the owner of its components and of its lease.
        self.process = f"{socket.gethostname()}:{self._pid}:{uuid4().hex[:12]}"
        self._server = make_server(url, tuning)
        self._clock = ServerClock(tuning.clock_fresh)
        self._replicas = ReplicaCache(held_bytes, tuning.replica_idle)
        signal = ReconnectSignal()
        self._lease_keeper = LeaseKeeper(
            self.process, lease, tuning.renewals, self._server,
            on_lost=self.check_streams_of, on_renewed=self._tidy, on_server_changed=signal.send,
        )  # fmt: skip
        self._context = StoreContext(
            self.process, held_bytes, keep, self._replicas, self._lease_keeper.is_lost, tuning,
            lambda: self._server.publish_command, content_bytes,
        )  # fmt: skip
        take_lease = self._lease_keeper.start
        self._fetcher = StreamFetcher(self._replicas, self._server, signal, tuning, take_lease)
        self._subscriber = Subscriber(
            self._replicas, self._server, signal, tuning, on_missed=self._fetcher.check
        )
        self._writer = BatchWriter(self._context, self._clock, self._server, signal, take_lease)
        # A weak reference, or the registration would keep every store alive until the exit.
        self._at_exit = partial(_close, WeakMethod(self.close))
        atexit.register(self._at_exit)

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
            self._subscriber.follow(stream_id)

    def open_streams(self) -> list[str]:
        return [each.stream_id for each in self._replicas.all() if not each.flag_log.ended]

    def probe(self) -> None:
        self._server.probe()

    def inspect(self, stream_id: str, most: int = 20) -> Future[Inspection | None]:
        return self._ask(stream_id, lambda _: InspectRequest(self._context, stream_id, most))

    def kept_frames(self, stream_id: str) -> Future[KeptFrames]:
        return self._ask(stream_id, lambda _: ContentRequest(self._context, stream_id))

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
        self._subscriber.close()
        self._fetcher.close()
        self._lease_keeper.close()
        for replica in self._replicas.all():
            replica.fail(StoreUnavailable("the store was closed"))

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

    def _ask(self, stream_id: str, make: Callable[[int], ScriptRequest[T]]) -> Future[T]:
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
                self._subscriber.follow(replica.stream_id)
                log = frame_log.log if frame_log and wants_frames else replica.flag_log
                result.set_result(log)

        def fetch(written: Future[Any]) -> None:
            if written.exception():
                finish(written)
            else:
                self._fetcher.fetch(replica.stream_id).add_done_callback(finish)

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

    def _tidy(self) -> None:
        if purged := self._replicas.purge():
            self._subscriber.follow(*purged)
        self._fetcher.check_all()


def _raise_failure(replica: Replica) -> None:
    """Raise the failure that lost frames of this process; the stream has a hole."""
    if replica.failure is not None:
        raise StoreUnavailable(
            f"frames of stream {replica.stream_id} could not be written: {replica.failure}"
        ) from replica.failure


def _close(close: WeakMethod[Callable[[], None]]) -> None:
    if method := close():
        method()
