"""The encoding of a stream in Redis: a record and counts in a hash, frames in batches."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from operator import attrgetter
from typing import Any

from ...exceptions import StreamUnreadable
from ...frames import Count, Frame
from ...lifecycle.snapshot import Snapshot
from ...lifecycle.traffic import Traffic
from .stream_record import parse_snapshot

_component_of = attrgetter("component")

#: Returns whether the lease of a process ran out.
IsLost = Callable[[str], bool]


def join_batch(frames: Sequence[Frame]) -> bytes:
    """Join frames to a batch."""
    return b"".join([frame.body for frame in frames])


def join_components(frames: Sequence[Frame]) -> str:
    """Return the components of frames, in their order, with the length of each run."""
    runs = groupby(frames, _component_of)
    return " ".join([f"{len(list(run))}*{component or ''}" for component, run in runs])


def join_names(names: Iterable[str]) -> str:
    """Return names of events in the form of the scripts."""
    return " ".join(sorted(names))


def join_uncounted(frames: Sequence[Frame]) -> tuple[bytes, list[tuple[int, Count]]]:
    """Join frames to a batch without their counts; return also where each count belongs.

    The commit script puts them in: only the server knows what was appended before.
    """
    batch, places = bytearray(), list[tuple[int, Count]]()
    for frame in frames:
        start = 0
        for count in frame.counts:
            batch += frame.body[start : count.start]
            places.append((len(batch), count))
            start = count.stop
        batch += frame.body[start:]
    return bytes(batch), places


def field_of(count: Count) -> str:
    """Return the field of the hash that has a count."""
    return f"{count.unit[0]}:{count.component}"


def flag_letters(snapshot: Snapshot) -> str:
    """Return the flags that are kept beside a snapshot: `c` for cancelled, `e` for ended."""
    return "c" * snapshot.cancelled + "e" * snapshot.terminal


def parse_hash(kept: Mapping[bytes, bytes], is_lost: IsLost) -> Snapshot:
    """Decode the hash of a stream: the snapshot and its traffic.

    Raises:
        StreamUnreadable: The hash is broken, or a later version wrote what this one can't know.
    """
    try:
        # The append script raises the version when a component changes its process.
        snapshot = parse_snapshot(kept[b"snapshot"], version=int(kept[b"version"]))
        return replace(snapshot, traffic=_traffic(kept, is_lost))
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise StreamUnreadable(f"the record can't be read by this version: {error!r}") from error


def parse_flags(letters: bytes) -> tuple[bool, bool]:
    """Return whether the letters say cancelled, and whether they say ended."""
    return b"c" in letters, b"e" in letters


def as_mapping(fields: Sequence[bytes] | dict[bytes, bytes]) -> dict[bytes, bytes]:
    """Return the fields of a hash or an entry, which a server sends as a flat list."""
    if isinstance(fields, dict):  # the client of a cluster has converted it
        return fields
    return dict(zip(fields[::2], fields[1::2], strict=True))


def _traffic(kept: Mapping[bytes, bytes], is_lost: IsLost) -> Traffic:
    traffic = Traffic(
        frames=int(kept.get(b"frames", 0)),
        bytes=int(kept.get(b"bytes", 0)),
        at=float(kept[b"at"]),
        anyone_at=float(kept.get(b"anyone", 0.0)),
        first_at=float(kept[b"since"]) if b"since" in kept else None,
    )
    for key, value in kept.items():
        kind, _, name = _decode(key).partition(":")
        if kind in _OF_A_COMPONENT:
            attribute, convert = _OF_A_COMPONENT[kind]
            setattr(traffic.tally_of(name), attribute, convert(value))
    for tally in traffic.components.values():
        tally.lost = bool(tally.owner) and is_lost(tally.owner)
    return traffic


def _decode(text: bytes) -> str:
    # Another client of the server may have written it: that costs the text, and not the stream.
    return text.decode(errors="replace")


#: The fields of the hash that a component has, by their prefix.
_OF_A_COMPONENT: dict[str, tuple[str, Callable[[bytes], Any]]] = {
    "f": ("frames", int),
    "b": ("bytes", int),
    "t": ("at", float),
    "n": ("note", _decode),
    "o": ("owner", _decode),
}
