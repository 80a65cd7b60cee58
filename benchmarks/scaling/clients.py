"""The clients of a run: one of each stream, which take the time that every frame took."""

import re
import selectors
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from benchmarks.client import ask

#: Seconds without a byte, after which those who still wait have lost the rest.
PATIENCE = 20.0
SENT_AT = re.compile(rb'"at": ?([0-9.]+)')
END = b"event: complete\n"


class Clients:
    """Sockets that are read as fast as they deliver, each to the last event of its stream."""

    def __init__(self, selector: selectors.BaseSelector) -> None:
        self._selector = selector
        #: Seconds from the sending of each frame to its arrival.
        self.latencies: list[float] = []
        #: When the last came.
        self.at = 0.0

    def read(self) -> None:
        """Read all to their ends, or until nothing comes any more."""
        while self._selector.get_map() and (ready := self._selector.select(PATIENCE)):
            for key, _ in ready:
                data = key.fileobj.recv(2**18)  # type: ignore[union-attr]
                if self._take(key.data, data) or not data:
                    self._selector.unregister(key.fileobj)

    def greet(self) -> None:
        """Read what each is sent at first."""
        waiting = set(self._selector.get_map())
        while waiting and (ready := self._selector.select(PATIENCE)):
            for key, _ in ready:
                key.fileobj.recv(2**18)  # type: ignore[union-attr]
                waiting.discard(key.fd)

    def _take(self, text: bytearray, data: bytes) -> bool:
        """Take whole events; tell whether the last was among them."""
        text += data
        events = bytes(text[: text.rfind(b"\n\n") + 2])
        del text[: len(events)]
        if sent := SENT_AT.findall(events):
            self.at = time.monotonic()
            self.latencies += [self.at - float(at) for at in sent]
        return END in events


@contextmanager
def connected(url: str, paths: list[str]) -> Iterator[Clients]:
    """Ask for every path."""
    with ExitStack() as stack, selectors.DefaultSelector() as selector:
        for path in paths:
            client = stack.enter_context(ask(url, path))
            selector.register(client, selectors.EVENT_READ, bytearray())
        yield Clients(selector)
