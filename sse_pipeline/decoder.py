"""The decoder of event streams, as a client interprets them (HTML §9.2.6).

The command line, the inspection, the testing package and the tests all read by it.
"""

import codecs
import json
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

_LINE_END = re.compile(r"\r\n|\n|\r")


@dataclass(frozen=True, slots=True)
class Event:
    """One dispatched event. `id` is the last id that the client has, "" for none."""

    event: str
    data: str
    id: str = ""

    def json(self) -> Any:
        """Return the data, decoded from JSON."""
        return json.loads(self.data)


@dataclass(slots=True)
class Decoder:
    """Makes events of bytes that come in pieces of any size, as a browser does.

    `last_event_id` is the id with which a client reconnects: that of the last whole frame. `retry`
    is the reconnection time that was sent, in milliseconds.
    """

    last_event_id: str = ""
    retry: int | None = None
    _bytes: codecs.IncrementalDecoder = field(
        default_factory=lambda: codecs.getincrementaldecoder("utf-8-sig")("replace")
    )
    #: The whole lines that were not taken yet, and the parts of the line that goes on.
    _lines: deque[str] = field(default_factory=deque)
    _parts: list[str] = field(default_factory=list)
    _ends_with_cr: bool = False
    _id: str = field(init=False)
    _event: str = ""
    _data: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._id = self.last_event_id

    def feed(self, chunk: bytes) -> Iterator[Event]:
        """Yield the events that these bytes complete."""
        self._split(self._bytes.decode(chunk))
        while self._lines:
            if (event := self._take(self._lines.popleft())) is not None:
                yield event

    def _split(self, text: str) -> None:
        """Find the lines that end in some more text. Each character is looked at once."""
        # The second half of a CRLF ends no line: the first half did.
        start = int(self._ends_with_cr and text.startswith("\n"))
        self._ends_with_cr = text.endswith("\r") if text else self._ends_with_cr
        for found in _LINE_END.finditer(text, start):
            self._lines.append("".join([*self._parts, text[start : found.start()]]))
            self._parts.clear()
            start = found.end()
        if start < len(text):
            self._parts.append(text[start:])

    def _take(self, line: str) -> Event | None:
        if not line:
            return self._dispatch()
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "event":
            self._event = value
        elif name == "data":
            self._data.append(value)
        elif name == "id" and "\0" not in value:
            self._id = value
        elif name == "retry" and value.isascii() and value.isdecimal():
            self.retry = int(value)
        return None

    def _dispatch(self) -> Event | None:
        # Only here, and not at the line of the id: a client that lost its connection in the middle
        # of a frame has to ask for that frame again.
        self.last_event_id = self._id
        name, data = self._event or "message", self._data
        self._event, self._data = "", []
        return Event(name, "\n".join(data), self.last_event_id) if data else None
