"""A client that follows a stream as an `EventSource` does, through every loss of a connection."""

import itertools
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future

import httpx
from httpx_sse import EventSource as Source
from httpx_sse import ServerSentEvent

from harness.waiting import until

TERMINAL = {"complete", "errored"}
#: The servers speak no TLS. To read the certificates of this machine takes longer than a request.
PLAIN = False
#: Seconds of silence after which a client takes the connection for dead.
PATIENCE = 10
#: Seconds after which a client comes back.
RECONNECTION = 0.1


class EventSource:
    """Follows a stream over several servers in turn, in a thread, until it is told `204`.

    With `stop_at_end` it stops at the terminal event, as most pages do by themselves.
    """

    def __init__(
        self,
        urls: Sequence[str],
        stream: str,
        path: str = "/streams/{}/events/",
        seconds: float = 40,
        *,
        stop_at_end: bool = False,
    ) -> None:
        self.events: list[ServerSentEvent] = []
        self.connections = 0
        #: Whether something came, if only the time after which to come back.
        self.opened = False
        #: How many bodies were cut, and not ended.
        self.cuts = 0
        self._urls = itertools.cycle(urls)
        self._path = path.format(stream)
        self._stop_at_end = stop_at_end
        self._until = time.monotonic() + seconds
        self._ended: Future[None] = Future()
        #: Guards `events`, `connections` and `opened`, and wakes those who wait for one of them.
        self._arrived = threading.Condition()
        threading.Thread(target=self._run, daemon=True).start()

    def wait(self) -> list[ServerSentEvent]:
        """Wait until it stopped; raises `TimeoutError` where it goes on coming back."""
        self._ended.result()
        return self.events

    def until(self, condition: Callable[[list[ServerSentEvent]], bool]) -> None:
        """Wait until what came fulfils a condition."""
        with self._arrived:
            left = max(self._until - time.monotonic(), 0)
            if not self._arrived.wait_for(lambda: condition(self.events), left):
                raise TimeoutError(f"{len(self.events)} events came")

    def _run(self) -> None:
        try:
            until(self._follow, self._until - time.monotonic(), pause=RECONNECTION)
        except BaseException as error:  # noqa: BLE001 - told to who waits
            self._ended.set_exception(error)
        else:
            self._ended.set_result(None)

    def _keep(self, event: ServerSentEvent) -> None:
        with self._arrived:
            self.opened = True
            if event.data and event.event != "ping":
                self.events.append(event)
            self._arrived.notify_all()

    def _follow(self) -> bool:
        """Read one connection to its end; tell whether the stream is over."""
        url = next(self._urls) + self._path
        headers = {"Last-Event-ID": self.events[-1].id} if self.events else {}
        with self._arrived:
            self.connections += 1
            self._arrived.notify_all()
        try:
            with httpx.stream(
                "GET", url, headers=headers, timeout=PATIENCE, verify=PLAIN
            ) as response:
                if response.status_code == 204:
                    return True
                response.raise_for_status()
                for event in Source(response).iter_sse():
                    self._keep(event)
                    if self._stop_at_end and event.event in TERMINAL:
                        return True
        except httpx.TransportError:
            self.cuts += 1
            return False
        return False


def numbers(events: Sequence[ServerSentEvent]) -> list[int]:
    """Return the numbers that a producer sent."""
    return [event.json()["chunk"] for event in events if event.event == "text"]


def check(events: Sequence[ServerSentEvent]) -> None:
    """Check that every frame came once and in order, and one terminal frame, at the end."""
    assert [int(event.id) for event in events] == list(range(1, len(events) + 1))
    assert [event.event in TERMINAL for event in events] == [False] * (len(events) - 1) + [True]
