"""Events that htmx swaps into a page: htmx 2 by its extension `sse`, and htmx 4 by `hx-sse`."""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from typing import ClassVar

from ..frames import FrameValue
from .base import Breach
from .html import HTMLDialect, NumberedEvents, lines_of


class Htmx(HTMLDialect):
    """Pieces of HTML, and one event at the end, whatever the end was.

    A piece has no name, for `sse-swap="message"`: htmx 4 swaps no others.
    """

    #: Events whose piece has their name, for `sse-swap` of htmx 2.
    named: ClassVar[AbstractSet[str]] = frozenset()
    #: What `sse-close` names: it takes one name. The data is `complete`, `errored` or a breach.
    end: ClassVar[str] = "end"

    def encoder(self, stream_id: str) -> "HtmxEncoder":
        return HtmxEncoder(stream_id, self)

    def breach(self, reason: Breach) -> bytes:
        # A client that is let go comes back by itself, and goes on. One that lacks frames would
        # come back for ever.
        if reason is Breach.INTERRUPTED:
            return b""
        return f"event: {self.end}\ndata: {reason}\n\n".encode()


class HtmxEncoder:
    """Makes the events of one stream."""

    def __init__(self, stream_id: str, dialect: Htmx) -> None:
        self._stream_id = stream_id
        self._dialect = dialect
        self._events = NumberedEvents()

    def encode(self, frame: FrameValue) -> Iterator[bytes]:
        if html := self._dialect.render(frame, self._stream_id):
            name = frame.event if frame.event in self._dialect.named else ""
            yield self._events.make(name, list(lines_of(html)))
        if frame.event in {"complete", "errored"}:
            yield self._events.make(self._dialect.end, [frame.event])
