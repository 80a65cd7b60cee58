"""The content of frames, for the staff that may see it: shortened, and audio as its length."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.formats import get_format
from django.utils.translation import gettext

from ..decoder import Decoder, Event

#: The most characters of one name or one value that are shown.
LONGEST_TEXT = 200


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
    """Return the fields of an event as they are shown, without its type.

    Data that is not a JSON object, or is nested too deep for this place, is one field: `data`.
    """
    try:
        data = event.json()
        if isinstance(data, dict):
            data.pop("type", None)
            return fields_of(data)
    except (ValueError, RecursionError):
        pass
    return (("data", _shorten(event.data)),)


def fields_of(data: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Return names and values as they are shown."""
    return tuple((_shorten(name), _value(name, value)) for name, value in data.items())


def _value(name: str, value: Any) -> str:
    if name == "audio" and isinstance(value, str):
        return gettext("{count} bytes of audio").format(count=_number(_length(value)))
    # Not by orjson: it refuses integers and depths that a producer may send.
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return _shorten(text)


def _shorten(text: str) -> str:
    if len(text) <= LONGEST_TEXT:
        return text
    length = gettext("({count} characters)").format(count=_number(len(text)))
    return f"{text[:LONGEST_TEXT]}… {length}"


def _number(count: int) -> str:
    return f"{count:,}".replace(",", str(get_format("THOUSAND_SEPARATOR")))


def _length(audio: str) -> int:
    try:
        return len(base64.b64decode(audio, validate=True))
    except ValueError:  # it is not base64
        return len(audio)
