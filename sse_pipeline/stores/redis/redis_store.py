"""The store over Redis: the shared store, over scripts, channels and keys."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future

from ...events.merging import KeptFrames
from ..remote.replica import Replica
from ..remote.store import SharedStore
from ..remote.store_request import StoreRequest
from ..remote.tuning import Tuning
from ..stream_contents import Inspection
from .connection import Client
from .connection_slot import ReconnectSignal
from .key_leases import KeyLeases, take_lease
from .reading.stream_fetcher import StreamFetcher
from .reading.subscriber import Subscriber
from .server import Server
from .writing.content_request import ContentRequest
from .writing.inspect_request import InspectRequest
from .writing.script_link import ScriptLink


class RedisStore(SharedStore):
    """Streams that any number of processes share over Redis.

    The constructor does no I/O: threads and connections are made with the first call that needs
    one. `make_server` is for tests that let the server fail.

    Raises:
        ValueError: `url` is not a URL of a server. The message may show its password.
    """

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
        self._server = make_server(url, tuning)
        super().__init__(
            held_bytes=held_bytes,
            max_stream_bytes=max_stream_bytes,
            keep=keep,
            lease=lease,
            content_bytes=content_bytes,
            tuning=tuning,
        )
        signal = ReconnectSignal()
        link = ScriptLink(self._server, signal, self._clock, self._take_lease)
        self._connect(KeyLeases(self._server), link, on_server_changed=signal.send)
        fetcher = StreamFetcher(self._replicas, self._server, signal, tuning, self._take_lease)
        subscriber = Subscriber(
            self._replicas, self._server, signal, tuning, on_missed=fetcher.check
        )
        self._follower = _RedisFollower(fetcher, subscriber)

    def probe(self) -> None:
        self._server.probe()

    def _inspection(self, stream_id: str, most: int) -> StoreRequest[Inspection | None]:
        return InspectRequest(self._context, stream_id, most)

    def _content(self, stream_id: str) -> StoreRequest[KeptFrames]:
        return ContentRequest(self._context, stream_id)

    def _take_lease(self, client: Client) -> None:
        take_lease(client, self.process, self._lease)
        self._lease_keeper.start()


class _RedisFollower:
    """Fills the replicas from the channels, and from the log in Redis."""

    def __init__(self, fetcher: StreamFetcher, subscriber: Subscriber) -> None:
        self._fetcher = fetcher
        self._subscriber = subscriber

    def fetch(self, stream_id: str) -> Future[Replica]:
        return self._fetcher.fetch(stream_id)

    def check_all(self) -> None:
        self._fetcher.check_all()

    def follow(self, *stream_ids: str) -> None:
        self._subscriber.follow(*stream_ids)

    def close(self) -> None:
        self._subscriber.close()
        self._fetcher.close()
