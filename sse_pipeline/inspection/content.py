"""The content of frames, for those who may see it: short, and sound as its length."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

#: Characters that are shown of one value.
SHOWN = 200


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
