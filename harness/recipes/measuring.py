"""What a stream is like through a recipe: its first frame, its end, a leaving, and a restart."""

import statistics
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any

import httpx

from harness.producers import Producer
from harness.waiting import until
from sse_pipeline.testing import Decoder, Event

COMPONENT = "text"
#: The frames whose way is measured, one at a time.
FRAMES = 7
#: The frames of the stream that goes on over a restart.
MANY = 300
TIMEOUT = httpx.Timeout(5, read=30)


@dataclass(frozen=True, slots=True)
class Figures:
    """Times in milliseconds, and what became of the frames over a restart."""

    first: float
    frame: float
    end: float
    left: float
    away: float
    lost: int
    repeated: int


class Reading:
    """A client that reads a stream in a thread, and comes back until the stream has ended."""

    def __init__(self, url: str, *, resume: bool = True) -> None:
        self._url = url
        self._resume = resume
        self._events: list[tuple[float, Event]] = []
        self._changed = threading.Condition()
        self.ended_at = 0.0
        self.left = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def wait(self, hit: Callable[[Event], bool]) -> float:
        """Wait for an event; return when it came."""
        with self._changed:
            self._changed.wait_for(lambda: any(hit(event) for _, event in self._events), 30)
            return next(at for at, event in self._events if hit(event))

    def wait_for_end(self) -> float:
        """Wait until the last body has ended; return when."""
        self._thread.join(60)
        return self.ended_at

    @property
    def ids(self) -> list[int]:
        return [int(event.id) for _, event in self._events]

    @property
    def longest_pause(self) -> float:
        """The longest time between two frames, in seconds."""
        times = [at for at, _ in self._events]
        return max(after - before for before, after in pairwise(times))

    def _run(self) -> None:
        with httpx.Client(timeout=TIMEOUT, trust_env=False) as client:
            while not self._is_over():
                with suppress(httpx.HTTPError):
                    self._read(client)
                if not self._resume or self._is_over():
                    break
                time.sleep(0.05)  # as a browser waits for `retry:`, but shorter
        self.ended_at = time.monotonic()

    def _read(self, client: httpx.Client) -> None:
        last = self.ids[-1:] and {"Last-Event-ID": str(self.ids[-1])}
        headers = {"Accept": "text/event-stream", **(last or {})}
        decoder = Decoder()
        with client.stream("GET", self._url, headers=headers) as reply:
            if reply.status_code != 200:
                return
            for data in reply.iter_raw():
                for event in decoder.feed(data):
                    if event.id and event.event != "ping":
                        self._note(event)
                if self.left.is_set():
                    return

    def _note(self, event: Event) -> None:
        with self._changed:
            self._events.append((time.monotonic(), event))
            self._changed.notify_all()

    def _is_over(self) -> bool:
        return any(event.event in {"complete", "errored"} for _, event in self._events)


def measure(url: str, site: str, producer: Producer, restart: Callable[[], None]) -> Figures:
    """Measure a stream at a URL. `site` is the server itself, which counts its readers."""
    _times(url, producer)  # the first stream of a process waits for what is made once
    first, frame, end = _times(url, producer)
    left = _leaving(url, site, producer)
    away, lost, repeated = _restart(url, producer, restart)
    return Figures(first, frame, end, left, away, lost, repeated)


def _times(url: str, producer: Producer) -> tuple[float, float, float]:
    stream = producer("open", [COMPONENT])
    asked = time.monotonic()
    reading = Reading(_events_of(url, stream))
    first = reading.wait(lambda event: event.event == "stream") - asked
    ways = []
    for number in range(FRAMES):
        sent = time.monotonic()
        producer("send", stream, COMPONENT, number)
        ways.append(reading.wait(partial(_is_chunk, number)) - sent)
    ended = time.monotonic()
    producer("complete", stream, COMPONENT)
    end = reading.wait_for_end() - ended
    return first * 1000, statistics.median(ways) * 1000, end * 1000


def _leaving(url: str, site: str, producer: Producer) -> float:
    stream = producer("open", [COMPONENT])
    reading = Reading(_events_of(url, stream), resume=False)
    reading.wait(lambda event: event.event == "stream")
    until(lambda: _readers(site, stream) == 1, 10)
    reading.left.set()
    producer("send", stream, COMPONENT, 0)  # the thread looks at each piece
    reading.wait_for_end()
    gone = time.monotonic()
    until(lambda: _readers(site, stream) == 0, 60)
    return (time.monotonic() - gone) * 1000


def _restart(url: str, producer: Producer, restart: Callable[[], None]) -> tuple[float, int, int]:
    stream = producer("open", [COMPONENT])
    reading = Reading(_events_of(url, stream))
    producer("blast", stream, COMPONENT, 0, MANY)
    reading.wait(lambda event: _chunk(event) == MANY - 1)
    with _sending(producer, stream) as sent:
        restart()
    producer("complete", stream, COMPONENT)
    reading.wait_for_end()
    ids, wanted = reading.ids, MANY + sent[0] + 4
    return reading.longest_pause * 1000, wanted - len(set(ids)), len(ids) - len(set(ids))


@contextmanager
def _sending(producer: Producer, stream: str) -> Iterator[list[int]]:
    """Send frames all the while; yield their number in a list."""
    sent, over = [0], threading.Event()

    def send() -> None:
        while not over.wait(0.01):
            producer("send", stream, COMPONENT, MANY + sent[0])
            sent[0] += 1

    thread = threading.Thread(target=send)
    thread.start()
    try:
        yield sent
    finally:
        over.set()
        thread.join()


def _events_of(url: str, stream: str) -> str:
    return f"{url}/streams/{stream}/events/"


def _readers(site: str, stream: str) -> int:
    with httpx.Client(trust_env=False) as client:
        reply = client.get(f"{site}/readers/{stream}/")
        assert reply.status_code == 200, reply.text
        return int(reply.json()["readers"])


def _is_chunk(number: int, event: Event) -> bool:
    return bool(_chunk(event) == number)


def _chunk(event: Event) -> Any:
    return event.json().get("chunk") if event.event == "text" else None
