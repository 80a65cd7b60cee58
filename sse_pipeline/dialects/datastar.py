"""Events by which Datastar patches a page: elements for the frames, and a signal for the end."""

import json
from collections.abc import Iterator, Mapping
from typing import ClassVar, NamedTuple

from ..frames import FrameValue
from .base import Breach
from .html import HTMLDialect, NumberedEvents, lines_of


class Patch(NamedTuple):
    """Where Datastar puts a piece of HTML. By default its elements replace those with their ids."""

    selector: str = ""
    mode: str = ""


class PatchWords(NamedTuple):
    """The names that the protocol has for its events and their lines."""

    elements_event: str
    elements: str
    mode: str
    signals_event: str


class Datastar(HTMLDialect):
    """Patches of elements, and the signal `stream` when the body ends.

    Datastar resumes after a loss, and does not come back after an end. The signal says which end
    it was: `complete`, `errored` or a breach.
    """

    #: Where the piece of each event goes.
    patches: ClassVar[Mapping[str, Patch]] = {"text": Patch("#text", "append")}
    #: The signal that says how the stream ended.
    signal: ClassVar[str] = "stream"
    words: ClassVar[PatchWords] = PatchWords(
        "datastar-patch-elements", "elements", "mode", "datastar-patch-signals"
    )

    def encoder(self, stream_id: str) -> "DatastarEncoder":
        return DatastarEncoder(stream_id, self)

    def breach(self, reason: Breach) -> bytes:
        return f"event: {self.words.signals_event}\ndata: {self.ending(reason)}\n\n".encode()

    def ending(self, reason: str) -> str:
        """Return the line that sets the signal."""
        return f"signals {json.dumps({self.signal: reason}, separators=(',', ':'))}"


class DatastarEncoder:
    """Makes the events of one stream."""

    def __init__(self, stream_id: str, dialect: Datastar) -> None:
        self._stream_id = stream_id
        self._dialect = dialect
        self._events = NumberedEvents()

    def encode(self, frame: FrameValue) -> Iterator[bytes]:
        words = self._dialect.words
        if html := self._dialect.render(frame, self._stream_id):
            yield self._events.make(
                words.elements_event, [*self._place(frame.event), *self._elements(html)]
            )
        if frame.event in {"complete", "errored"}:
            yield self._events.make(words.signals_event, [self._dialect.ending(frame.event)])

    def _place(self, event: str) -> Iterator[str]:
        patch = self._dialect.patches.get(event, Patch())
        if patch.mode:
            yield f"{self._dialect.words.mode} {patch.mode}"
        if patch.selector:
            yield f"selector {patch.selector}"

    def _elements(self, html: str) -> Iterator[str]:
        for line in lines_of(html):
            yield f"{self._dialect.words.elements} {line}"
