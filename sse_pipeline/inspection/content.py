"""The content of frames, for those who may see it: short, and sound as its length."""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

#: Characters that are shown of one value.
SHOWN = 200

#: Characters that steer a line, and the direction of the text after them.
_STEERING = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True)
class Shown:
    """A frame as it is shown; `fields` are names and values as text."""

    id: str
    event: str
    size: int
    fields: tuple[tuple[str, str], ...]


def show(frame: bytes) -> Shown:
    """Return what is shown of an encoded frame."""
    lines = dict(line.split(": ", 1) for line in frame.decode().splitlines() if ": " in line)
    data = orjson.loads(lines.get("data", "{}"))
    data.pop("type", None)
    return Shown(lines.get("id", ""), lines.get("event", ""), len(frame), fields_of(data))


def fields_of(data: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Return names and values as they are shown."""
    return tuple((name, _value(name, value)) for name, value in data.items())


def visible(text: str) -> str:
    """Return a text in which what a browser or a terminal would obey is written as an escape."""
    return _STEERING.sub(lambda found: repr(found[0])[1:-1], text)


def _value(name: str, value: Any) -> str:
    if name == "audio" and isinstance(value, str):
        return f"{_length(value):,} bytes of audio"
    text = value if isinstance(value, str) else orjson.dumps(value).decode()
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}… ({len(text):,} characters)"


def _length(audio: str) -> int:
    try:
        return len(base64.b64decode(audio, validate=True))
    except binascii.Error:
        return len(audio)
