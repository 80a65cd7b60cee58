"""The encoding of a stream in Redis: snapshot and counts in a hash, frames in batches."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

import orjson

from ...frames import Frame
from ...lifecycle.registry import Component, Registry, Status
from ...lifecycle.snapshot import Limits, Snapshot, State, Verdict
from ...lifecycle.traffic import Traffic

#: An event ends with a blank line and has no other one, so batches need no lengths.
_EVENT_END = b"\n\n"

_KEPT = tuple(each.name for each in fields(Snapshot) if each.name != "traffic")

#: Returns whether the lease of a process ran out.
IsLost = Callable[[str], bool]


def join_batch(frames: Sequence[Frame]) -> bytes:
    """Join frames to a batch."""
    return b"".join([frame.body for frame in frames])


def split_batch(batch: bytes) -> list[bytes]:
    """Return the bodies of a batch."""
    return [body + _EVENT_END for body in batch.split(_EVENT_END)[:-1]]


def flag_letters(snapshot: Snapshot) -> str:
    """Return the flags that are kept beside a snapshot: `c` for cancelled, `e` for ended."""
    return "c" * snapshot.cancelled + "e" * snapshot.terminal


def parse_flags(letters: bytes) -> tuple[bool, bool]:
    """Return whether the letters say cancelled, and whether they say ended."""
    return b"c" in letters, b"e" in letters


def parse_entry_id(entry_id: bytes) -> tuple[int, int]:
    """Return the number of the last frame of an entry, and the version of the stream then."""
    last, _, version = entry_id.partition(b"-")
    return int(last), int(version)


def as_mapping(fields: Sequence[bytes] | dict[bytes, bytes]) -> dict[bytes, bytes]:
    """Return the fields of a hash or an entry, which a server sends as a flat list."""
    if isinstance(fields, dict):  # the client of a cluster has converted it
        return fields
    return dict(zip(fields[::2], fields[1::2], strict=True))


def dump_snapshot(snapshot: Snapshot) -> bytes:
    """Encode a snapshot without its traffic, which the append script counts in the hash."""
    return orjson.dumps({name: getattr(snapshot, name) for name in _KEPT})


def parse_snapshot(kept: Mapping[bytes, bytes], is_lost: IsLost) -> Snapshot:
    """Decode the hash of a stream: the snapshot and its traffic."""
    document = orjson.loads(kept[b"snapshot"])
    components = document.pop("registry")["components"]
    snapshot = Snapshot(
        **document
        | {
            "state": State(document["state"]),
            "verdict": document["verdict"] and Verdict(document["verdict"]),
            # The append script raises the version when a component changes its process.
            "version": int(kept[b"version"]),
            "limits": Limits(**document["limits"]),
            "registry": Registry({name: _component(each) for name, each in components.items()}),
        }
    )
    return replace(snapshot, traffic=_traffic(kept, is_lost))


def _component(document: dict[str, Any]) -> Component:
    return Component(**document | {"status": Status(document["status"])})


def _traffic(kept: Mapping[bytes, bytes], is_lost: IsLost) -> Traffic:
    traffic = Traffic(
        frames=int(kept.get(b"frames", 0)),
        bytes=int(kept.get(b"bytes", 0)),
        at=float(kept[b"at"]),
        anyone_at=float(kept.get(b"anyone", 0.0)),
        first_at=float(kept[b"since"]) if b"since" in kept else None,
    )
    for key, value in kept.items():
        kind, _, name = key.decode().partition(":")
        if kind in _OF_A_COMPONENT:
            attribute, convert = _OF_A_COMPONENT[kind]
            setattr(traffic.tally_of(name), attribute, convert(value))
    for tally in traffic.components.values():
        tally.lost = bool(tally.owner) and is_lost(tally.owner)
    return traffic


#: The fields of the hash that a component has, by their prefix.
_OF_A_COMPONENT: dict[str, tuple[str, Callable[[bytes], Any]]] = {
    "f": ("frames", int),
    "b": ("bytes", int),
    "t": ("at", float),
    "n": ("note", bytes.decode),
    "o": ("owner", bytes.decode),
}
