"""Frames and their bytes: the `text/event-stream` format of the WHATWG HTML Standard, §9.2."""

import functools
import json
import random
import re
from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from typing import Any, Literal, NamedTuple, TypeAlias

import orjson

from .exceptions import InvalidFrame
from .validation import shown

EVENT_STREAM = "text/event-stream"
#: The events that only the library sends.
OWN_EVENTS = frozenset(
    {
        "stream",
        "component",
        "draining",
        "stream_error",
        "complete",
        "errored",
        "gap",
        "merged",
        "ping",
    }
)
#: The events that an `EventSource` dispatches by itself (HTML §9.2.6): a listener could not tell a
#: frame of that name from them.
EVENTSOURCE_EVENTS = frozenset({"open", "message", "error"})

_NAME = re.compile(r"[^\s\x00-\x1f\x7f-\x9f\ufeff\ud800-\udfff]{1,100}")
_DUMP = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS

Default = Callable[[Any], Any]
Unit: TypeAlias = Literal["frames", "bytes"]

#: The fields of an entry of a ledger that are counts.
_UNITS: dict[str, Unit] = {"frames": "frames", "bytes": "bytes"}


class Count(NamedTuple):
    """A count in the body of a frame: its place, and what of which component it counts."""

    start: int
    stop: int
    component: str
    unit: Unit


class Frame(NamedTuple):
    """One event, encoded except for its `id:` line, and the component that it counts for.

    `counts` are the places of what may change until a store appends the frame, in their order.
    """

    body: bytes
    component: str | None = None
    counts: tuple[Count, ...] = ()

    def recounted(self, count: Callable[[str, Unit], int]) -> bytes:
        """Return the body with the counts that hold now."""
        pieces, start = list[bytes](), 0
        for each in self.counts:
            number = count(each.component, each.unit)
            pieces += (self.body[start : each.start], str(number).encode())
            start = each.stop
        return b"".join([*pieces, self.body[start:]])


class FrameValue(NamedTuple):
    """A frame as a value: its id, its event, and the fields of its data, without `type`."""

    number: int
    event: str
    fields: dict[str, Any]


def check_event(event: str) -> None:
    """Check that a producer may send an event of this name.

    Raises:
        InvalidFrame: It is not a name, or the name is reserved.
    """
    if not isinstance(event, str):
        raise InvalidFrame(f"event: {shown(event)} is not a string")
    check_name(event)


@functools.lru_cache(256)
def check_name(event: str) -> None:
    """Check the same of a string. Each frame pays for this."""
    if not _NAME.fullmatch(event):
        raise InvalidFrame(
            f"event: {shown(event)} is not an event name: 1 to 100 printable characters without"
            " spaces"
        )
    if event in EVENTSOURCE_EVENTS:
        raise InvalidFrame(f"event: {event!r} is an event of EventSource itself; use another name")
    if event in OWN_EVENTS:
        raise InvalidFrame(f"event: {event!r} is sent by sse_pipeline itself; use another name")


def encode(event: str, fields: Mapping[str, Any], default: Default | None = None) -> bytes:
    """Encode an event: an `event:` line, and one `data:` line of JSON that has the `type`, too.

    `default` converts values that JSON does not know, as in `json.dumps`.

    Raises:
        InvalidFrame: A field can't be encoded, is NaN, infinite or a lone surrogate, or is called
            `type`. The message names the field.
    """
    if "type" in fields:
        raise InvalidFrame("type: the field is the event's name and can't be set")
    try:
        data = _dump({"type": event, **fields}, default)
    except (TypeError, ValueError, RecursionError) as error:
        fault = _describe_fault(fields, functools.partial(_dump, default=default), error)
        raise InvalidFrame(fault) from error
    return _event(event, data)


def _event(event: str, data: bytes) -> bytes:
    return b"event: %b\ndata: %b\n\n" % (event.encode(), _escape_line_ends(data))


def _escape_line_ends(data: bytes) -> bytes:
    """Escape U+0085, U+2028 and U+2029: readers that use `str.splitlines` end a line there."""
    if data.isascii():
        return data
    # The first byte of each is looked for alone: that is five times faster, and most often enough.
    if 0xC2 in data:
        data = data.replace(b"\xc2\x85", rb"\u0085")
    if 0xE2 in data:
        data = data.replace(b"\xe2\x80\xa8", rb"\u2028").replace(b"\xe2\x80\xa9", rb"\u2029")
    return data


def _dump(value: object, default: Default | None) -> bytes:
    try:
        data = orjson.dumps(value, default, _DUMP)
    except TypeError:
        return _dump_strictly(value, default)
    # orjson writes NaN as null, and so it may be one. `in` would try it as a number first: slower.
    if data.find(b"null") >= 0:
        _dump_strictly(value, default)
    return data


def _dump_strictly(value: object, default: Default | None) -> bytes:
    def encode(other: object) -> object:
        if isinstance(other, Enum):  # as orjson does
            return other.value
        if default is None:
            raise TypeError(f"Object of type {type(other).__name__} is not JSON serializable")
        return default(other)

    text = json.dumps(
        value, default=encode, allow_nan=False, ensure_ascii=False, separators=(",", ":")
    )
    return text.encode()


def _describe_fault(
    fields: Mapping[str, Any], dump: Callable[[object], bytes], error: Exception
) -> str:
    for name, value in fields.items():
        try:
            dump({name: value})
        except (TypeError, ValueError, RecursionError) as culprit:
            return f"{name}: {culprit}"
    return str(error)


def own(event: str, **fields: Any) -> Frame:
    """Make a frame of one of the library's own events, by strict JSON. The caller refuses NaN.

    Raises:
        InvalidFrame: A field can't be encoded. The message names it.
    """
    return Frame(_event(event, _dump_own({"type": event, **fields})))


def own_with_ledger(
    event: str, ledger: Mapping[str, Mapping[str, Any]], sources: Mapping[str, str], **fields: Any
) -> Frame:
    """Make a frame of the library's own whose last field, `components`, is a ledger.

    `sources` has the names by which stores count what the components send. The counts of the ledger
    are marked: a store puts in those that hold when the stream ends.
    """
    opening = _dump_own({"type": event, **fields})[:-1]
    body, counts = bytearray(opening + b',"components":{'), list[Count]()
    for name, entry in ledger.items():
        body += _dump_own(name) + b":{"
        for key, value in entry.items():
            body += _dump_own(key) + b":"
            start = len(body)
            body += _escape_line_ends(_dump_own(value))
            if key in _UNITS:
                counts.append(Count(start, len(body), sources[name], _UNITS[key]))
            body += b","
        _close(body)
        body += b","
    _close(body)
    head = b"event: %b\ndata: " % event.encode()
    placed = [
        each._replace(start=each.start + len(head), stop=each.stop + len(head)) for each in counts
    ]
    return Frame(b"".join((head, body, b"}\n\n")), None, tuple(placed))


def _close(body: bytearray) -> None:
    if body.endswith(b","):
        body.pop()
    body += b"}"


def _dump_own(value: object) -> bytes:
    try:
        return orjson.dumps(value)
    except TypeError as error:
        fields = value if isinstance(value, dict) else {"value": value}
        raise InvalidFrame(_describe_fault(fields, orjson.dumps, error)) from error


def numbered(number: int, body: bytes) -> bytes:
    """Return the frame with its `id:` line, which is its last one.

    Some clients take an id as soon as its line has come. They would lose a frame that is cut after
    it, if more lines followed.
    """
    return b"%bid: %d\n\n" % (body[:-1], number)


def decode(joined: bytes) -> Iterator[FrameValue]:
    """Yield the frames of whole frames that were `numbered` and joined."""
    for block in joined.split(b"\n\n")[:-1]:
        event, data, number = block.split(b"\n")
        fields = orjson.loads(data.removeprefix(b"data: "))
        del fields["type"]
        yield FrameValue(
            int(number.removeprefix(b"id: ")), event[len("event: ") :].decode(), fields
        )


def foreign(document: Mapping[str, Any], event: str = "") -> bytes:
    """Encode an event of another protocol: no id, no `type` of its own, and a name if it has one.

    The document comes from decoded frames. What JSON does not know is an error.

    Raises:
        InvalidFrame: A field can't be encoded. The message names it.
    """
    data = _escape_line_ends(_dump_own(document))
    return b"event: %b\ndata: %b\n\n" % (event.encode(), data) if event else b"data: %b\n\n" % data


def retry(milliseconds: int) -> bytes:
    """Encode the time after which a client reconnects.

    It is a line of the frame that follows: some clients give out an empty event for a block without
    data.
    """
    return b"retry: %d\n" % milliseconds


def spread_retry(seconds: float) -> bytes:
    """Encode the time after which a client reconnects, and up to half as long again.

    So not all clients of a server that went down come back in one moment.
    """
    return retry(round(seconds * 1000 * random.uniform(1, 1.5)))  # noqa: S311 - it hides nothing


def gap(first: int, last: int) -> bytes:
    """Encode that the frames `first` to `last` are no longer held. The frame has no id."""
    return encode("gap", {"from": first, "to": last})


def merged(until: int, content: Mapping[str, Any]) -> bytes:
    """Encode the content of a stream up to an id, which the frame has: the frames behind it follow.

    A client forgets what it had.
    """
    body = _event("merged", _dump_own({"type": "merged", "until": until, "content": content}))
    return numbered(until, body)


def reset() -> bytes:
    """Encode that the id of the client is unknown, and the whole stream follows. No id."""
    return encode("gap", {"reset": True})


#: Sent after a silence. It is an event, and no comment, so that a page can tell a silent connection
#: from a dead one. It has no id.
PING = encode("ping", {})
