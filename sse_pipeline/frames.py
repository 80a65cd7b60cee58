"""Frames and their bytes: the `text/event-stream` format of the WHATWG HTML Standard, §9.2."""

import functools
import json
import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import orjson

from .exceptions import InvalidFrame

#: The events that only the library sends.
OWN_EVENTS = frozenset(
    {"stream", "component", "draining", "stream_error", "complete", "errored", "gap", "ping"}
)
#: The events that an `EventSource` dispatches by itself (HTML §9.2.6): a listener could not tell a
#: frame of that name from them.
EVENTSOURCE_EVENTS = frozenset({"open", "message", "error"})

_NAME = re.compile(r"[^\s\x00-\x1f\x7f-\x9f\ufeff\ud800-\udfff]{1,100}")
_DUMP = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS

Default = Callable[[Any], Any]


class Frame(NamedTuple):
    """One event, encoded except for its `id:` line, and the component that it counts for."""

    body: bytes
    component: str | None = None


def check_event(event: str) -> None:
    """Check that a producer may send an event of this name.

    Raises:
        InvalidFrame: It is not a name, or the name is reserved.
    """
    if not isinstance(event, str):
        raise InvalidFrame(f"event: {event!r} is not a string")
    _check_name(event)


@functools.lru_cache(256)
def _check_name(event: str) -> None:
    if not _NAME.fullmatch(event):
        raise InvalidFrame(
            f"event: {event!r} is not an event name: 1 to 100 printable characters without spaces"
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
    if not data.isascii():
        data = _escape_line_ends(data)
    return b"event: %b\ndata: %b\n\n" % (event.encode(), data)


def _escape_line_ends(data: bytes) -> bytes:
    """Escape U+0085, U+2028 and U+2029: readers that use `str.splitlines` end a line there."""
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
    text = json.dumps(
        value, default=default, allow_nan=False, ensure_ascii=False, separators=(",", ":")
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
    try:
        data = orjson.dumps({"type": event, **fields})
    except TypeError as error:
        raise InvalidFrame(_describe_fault(fields, orjson.dumps, error)) from error
    return Frame(_event(event, data))


def numbered(number: int, body: bytes) -> bytes:
    """Return the frame with its `id:` line, which is its last one.

    Some clients take an id as soon as its line has come. They would lose a frame that is cut after
    it, if more lines followed.
    """
    return b"%bid: %d\n\n" % (body[:-1], number)


def retry(milliseconds: int) -> bytes:
    """Encode the time after which a client reconnects.

    It is a line of the frame that follows: some clients give out an empty event for a block without
    data.
    """
    return b"retry: %d\n" % milliseconds


def gap(first: int, last: int) -> bytes:
    """Encode that the frames `first` to `last` are no longer held. The frame has no id."""
    return encode("gap", {"from": first, "to": last})


def reset() -> bytes:
    """Encode that the id of the client is unknown, and the whole stream follows. No id."""
    return encode("gap", {"reset": True})


#: Sent after a silence. It is an event, and no comment, so that a page can tell a silent connection
#: from a dead one. It has no id.
PING = encode("ping", {})
