"""Content: the frames of events, merged as their declarations say."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import orjson

from .declarations import BUILT_IN, DECLARED, Declaration, MergeKind, find

#: A producer's frame and the component that sent it; "" for none, or for one that is not known.
Attributed = tuple[str, bytes]


class KeptFrames(NamedTuple):
    """The frames of a stream that are kept, up to the id `until`; at least those that are content.

    `cut` tells whether some of these are no longer kept.
    """

    until: int
    frames: list[Attributed]
    cut: bool


def content_events() -> frozenset[str]:
    """Return the names of the events whose frames are content."""
    known = {**BUILT_IN, **DECLARED}
    return frozenset(n for n, each in known.items() if each.merge.kind is not MergeKind.NONE)


def is_content(frame: bytes) -> bool:
    """Return whether a frame belongs to the content of its stream."""
    declaration = find(_event_of(frame))
    return declaration is not None and declaration.merge.kind is not MergeKind.NONE


def merge(frames: Iterable[Attributed]) -> dict[str, dict[str, Any]]:
    """Merge those frames that are content; return for each component the value of each event.

    A frame that does not fit its declaration, such as a text that is a number, is left out.
    """
    merged: dict[tuple[str, str], _Merging | None] = {}
    for component, frame in frames:
        event = _event_of(frame)
        key = component, event
        if key not in merged:
            merged[key] = _merging_of(event)
        if (merging := merged[key]) is not None:
            merging.add(orjson.loads(frame.split(b"\n", 2)[1].removeprefix(b"data: ")))
    content: dict[str, dict[str, Any]] = {}
    for (component, event), merging in merged.items():
        if merging is not None and merging.has_value:
            content.setdefault(component, {})[event] = merging.value()
    return content


def _merging_of(event: str) -> _Merging | None:
    declaration = find(event)
    if declaration is None or declaration.merge.kind is MergeKind.NONE:
        return None
    return _Merging(declaration)


def _event_of(frame: bytes) -> str:
    return frame[len(b"event: ") : frame.index(b"\n")].decode()


class _Merging:
    """The frames of one event of one component, on their way to one value."""

    def __init__(self, declaration: Declaration) -> None:
        self._kind, self._field = declaration.merge
        self._frames: list[dict[str, Any]] = []
        self._pieces: list[str] = []

    @property
    def has_value(self) -> bool:
        """Whether any frame was taken."""
        return bool(self._frames)

    def add(self, fields: dict[str, Any]) -> None:
        """Take the fields of a frame."""
        del fields["type"]
        if self._kind is MergeKind.APPEND:
            piece = fields.get(self._field)
            if not isinstance(piece, str):
                return
            self._pieces.append(piece)
            if self._frames:
                return
        elif self._kind is MergeKind.LAST:
            self._frames.clear()
        self._frames.append(fields)

    def value(self) -> Any:
        """Return the merged value."""
        if self._kind is MergeKind.LIST:
            return self._frames
        if self._kind is MergeKind.APPEND:
            return {**self._frames[0], self._field: "".join(self._pieces)}
        return self._frames[0]
