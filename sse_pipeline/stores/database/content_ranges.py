"""Where the content is in a batch, so that a database can keep it without looking at any frame.

A range is the component, the place of its first byte, and its length. It holds whole frames.
"""

from __future__ import annotations

from collections.abc import Sequence

import orjson

from ...events.merging import Attributed, is_content
from ...frames import Frame
from ..remote.batch import split_frames

#: A range goes on up to this length: what is kept of the content is bounded as exactly.
_LONG = 2000
#: What a batch without content has.
NONE = "[]"


def ranges_of(frames: Sequence[Frame]) -> str:
    """Return the ranges of a batch as JSON."""
    ranges, known = list[tuple[str, int, int]](), dict[bytes, bool]()
    start = 0
    for body, component, *_ in frames:
        size, event = len(body), body[: body.index(b"\n")]
        if (kept := known.get(event)) is None:
            kept = known[event] = is_content(body)
        if kept:
            name = component or ""
            if ranges and _goes_on(ranges[-1], name, start):
                _, first, length = ranges[-1]
                ranges[-1] = (name, first, length + size)
            else:
                ranges.append((name, start, size))
        start += size
    return orjson.dumps(ranges).decode() if ranges else NONE


def content_of(data: bytes, ranges: str) -> list[Attributed]:
    """Return the frames in these ranges."""
    return [
        (component, frame)
        for component, start, length in orjson.loads(ranges)
        for frame in split_frames(data[start : start + length])
    ]


def _goes_on(last: tuple[str, int, int], component: str, start: int) -> bool:
    name, first, length = last
    return name == component and first + length == start and length < _LONG
