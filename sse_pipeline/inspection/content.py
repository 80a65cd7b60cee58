"""The content of frames, for the staff that may see it: shortened, and audio as its length."""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from ..decoder import Decoder, Event

#: The most characters of one value that are shown.
LONGEST_VALUE = 200

#: Characters that control a terminal, or the direction of the text after them.
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True)
class ShownFrame:
    """A frame as it is shown. `size` is in bytes; `fields` are names and values as text."""

    id: str
    event: str
    size: int
    fields: tuple[tuple[str, str], ...]


def decode_frame(frame: bytes) -> ShownFrame:
    """Return an encoded frame as it is shown."""
    (event,) = Decoder().feed(frame)
    return ShownFrame(event.id, event.event, len(frame), fields_of_event(event))


def fields_of_event(event: Event) -> tuple[tuple[str, str], ...]:
    """Return the fields of an event as they are shown, without its type."""
    data = event.json()
    data.pop("type", None)
    return fields_of(data)


def fields_of(data: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Return names and values as they are shown."""
    return tuple((name, _value(name, value)) for name, value in data.items())


def escape_controls(text: str) -> str:
    """Return a text with an escape for each character that a browser or a terminal would obey."""
    return _CONTROLS.sub(lambda found: repr(found[0])[1:-1], text)


def _value(name: str, value: Any) -> str:
    if name == "audio" and isinstance(value, str):
        return f"{_length(value):,} bytes of audio"
    text = value if isinstance(value, str) else orjson.dumps(value).decode()
    return (
        text
        if len(text) <= LONGEST_VALUE
        else f"{text[:LONGEST_VALUE]}… ({len(text):,} characters)"
    )


def _length(audio: str) -> int:
    try:
        return len(base64.b64decode(audio, validate=True))
    except binascii.Error:
        return len(audio)
