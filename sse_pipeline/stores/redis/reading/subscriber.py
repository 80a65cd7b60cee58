"""The subscriber: it hears the channels of the streams that this process follows.

Nobody hears of streams that he does not follow. What comes in order goes into the replica at once.
Where something may be missing, it asks for a look at the log in Redis: after each confirmed
subscription, and at a hole between two batches. So a message that got lost costs a read: a server
drops the connection of a subscriber that is too slow, and it comes back over another one.

It fills the replicas itself: a hand-over to the fetcher's thread would add its wake-up to the way
of every frame.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing

from redis.exceptions import RedisError

from ....escaping import make_logger
from ...remote.background_thread import BackgroundThread
from ...remote.backoff import Backoff
from ...remote.codec import parse_flags
from ...remote.replica import Replica
from ...remote.replica_cache import ReplicaCache, Wanted
from ...remote.tuning import Tuning
from ...remote.waker import Waker
from .. import keys
from ..connection_slot import ReconnectSignal
from ..entries import batch_of_message
from ..server import Server
from ..subscriptions import Message, Subscriptions

logger = make_logger(__name__)

_CHANNELS = {Wanted.BATCHES: keys.batches, Wanted.FLAGS: keys.flags}


class Subscriber:
    """Hears channels in a thread, and comes back to them after every failure.

    It calls `on_missed` with the streams of which something may be missing.
    """

    def __init__(
        self,
        replicas: ReplicaCache,
        server: Server,
        signal: ReconnectSignal,
        tuning: Tuning,
        *,
        on_missed: Callable[[Sequence[str]], None],
    ) -> None:
        self._replicas = replicas
        self._server = server
        self._signal = signal
        self._on_missed = on_missed
        self._backoff = Backoff(tuning.first_pause, tuning.longest_pause)
        self._thread = BackgroundThread("sse-subscriber", self._run)
        self._waker: Waker | None = None
        #: The streams that may have another channel now. A deque is safe by itself.
        self._changed: deque[str] = deque()
        # The thread alone uses these two: the channel of each stream, and the stream of each.
        self._channels: dict[str, str] = {}
        self._streams: dict[bytes, str] = {}

    def follow(self, *stream_ids: str) -> None:
        """Hear the channels on which the replicas of these streams are followed now."""
        if not self._thread.started and not any(map(self._replicas.wanted_of, stream_ids)):
            return  # a process that only produces needs no thread for this
        self._changed.extend(stream_ids)
        self._thread.start()
        if (waker := self._waker) is not None:
            waker.wake()

    def close(self) -> None:
        """End the thread and wait for it."""
        self._thread.stop()
        self.follow()
        self._thread.join()

    def _run(self) -> None:
        # Before the first look at `_changed`: whoever found no waker has added its streams by then.
        with closing(Waker()) as self._waker:
            while not self._thread.stopped.is_set():
                try:
                    self._hear(self._waker)
                except RedisError as error:
                    logger.info("the channels can't be heard: %s", error)
                    # A connection that only reads would not notice that the server changed.
                    self._signal.send()
                    self._backoff.pause(self._thread.stopped)
                except Exception:
                    logger.exception("the channels could not be heard, and are tried again")
                    self._backoff.pause(self._thread.stopped)

    def _hear(self, waker: Waker) -> None:
        """Connect, and hear until the signal is sent or the store is closed."""
        count = self._signal.count
        self._channels.clear()
        self._streams.clear()
        self._changed.extend(replica.stream_id for replica in self._replicas.all())
        with closing(self._server.open_subscriptions(waker)) as subscriptions:
            while not self._thread.stopped.is_set() and count == self._signal.count:
                self._follow_changed(subscriptions)
                self._take(subscriptions.receive())

    def _follow_changed(self, subscriptions: Subscriptions) -> None:
        joined, left = [], []
        while self._changed:
            stream_id = self._changed.popleft()
            channel, before = self._channel_of(stream_id), self._channels.get(stream_id)
            if channel == before:
                continue
            if before is not None:
                del self._channels[stream_id], self._streams[before.encode()]
                left.append(before)
            if channel is not None:
                self._channels[stream_id] = channel
                self._streams[channel.encode()] = stream_id
                joined.append(channel)
        if left:
            subscriptions.unsubscribe(left)
        if joined:
            subscriptions.subscribe(joined)

    def _channel_of(self, stream_id: str) -> str | None:
        """Return the channel on which this process follows a stream; None if it does not."""
        wanted = self._replicas.wanted_of(stream_id)
        return _CHANNELS[wanted](stream_id) if wanted else None

    def _take(self, messages: Iterable[Message]) -> None:
        """Take messages, and ask for a look at the streams that may lack something."""
        missed = {
            stream_id
            for channel, payload in messages
            if (stream_id := self._streams.get(channel)) is not None
            and (replica := self._replicas.find(stream_id)) is not None
            and not self._is_taken(replica, channel, payload)
        }
        if missed:
            self._backoff.reset()  # it was connected, or nothing would have come
            self._on_missed(list(missed))

    def _is_taken(self, replica: Replica, channel: bytes, payload: bytes | None) -> bool:
        """Return whether the replica lacks nothing after this message."""
        if payload is None:  # the channel is heard from now on
            return False
        try:
            if channel.endswith(b":flags"):
                replica.set_flags(*parse_flags(payload))
            elif (frame_log := replica.frame_log) is not None:
                if not frame_log.take(batch_of_message(payload)):
                    return False
                replica.set_flags(frame_log.log.cancelled, frame_log.log.ended)
        except ValueError as error:  # of a later version: the log has the same batch
            logger.info("a message of stream %s can't be read: %r", replica.stream_id, error)
            return False
        if replica.flag_log.ended:
            self._changed.append(replica.stream_id)
        return True
