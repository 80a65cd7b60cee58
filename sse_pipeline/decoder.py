"""Events as a client has them: the interpretation of an event stream, HTML §9.2.6."""

import codecs
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

_LINE_END = re.compile(r"\r\n|\n|\r")


@dataclass(frozen=True, slots=True)
class Event:
    """One dispatched event; `id` is the last id that the client has, "" for none."""

    event: str
    data: str
    id: str = ""

    def json(self) -> Any:
        """Return the data, which is JSON."""
        return json.loads(self.data)


@dataclass(slots=True)
class Decoder:
    """Makes events of bytes that come in any pieces, as a browser does.

    `retry` is the reconnection time that was sent, in milliseconds; `comments` what came in
    comments.
    """

    last_event_id: str = ""
    retry: int | None = None
    comments: list[str] = field(default_factory=list)
    _bytes: codecs.IncrementalDecoder = field(
        default_factory=lambda: codecs.getincrementaldecoder("utf-8-sig")("replace")
    )
    _text: str = ""
    _event: str = ""
    _data: list[str] = field(default_factory=list)

    def feed(self, chunk: bytes) -> Iterator[Event]:
        """Yield the events that these bytes complete."""
        self._text += self._bytes.decode(chunk)
        while line := self._line():
            if (event := self._take(line[0])) is not None:
                yield event

    def _line(self) -> tuple[str] | None:
        match = _LINE_END.search(self._text)
        if match is None or (match.group() == "\r" and match.end() == len(self._text)):
            return None  # a lone CR at the end may yet become CRLF
        line, self._text = self._text[: match.start()], self._text[match.end() :]
        return (line,)

    def _take(self, line: str) -> Event | None:
        if not line:
            return self._dispatch()
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if not name:
            self.comments.append(value)
        elif name == "event":
            self._event = value
        elif name == "data":
            self._data.append(value)
        elif name == "id" and "\0" not in value:
            self.last_event_id = value
        elif name == "retry" and value.isascii() and value.isdecimal():
            self.retry = int(value)
        return None

    def _dispatch(self) -> Event | None:
        name, data = self._event or "message", self._data
        self._event, self._data = "", []
        return Event(name, "\n".join(data), self.last_event_id) if data else None
