"""What is kept of a stream as Redis has it: a snapshot and its counts, and batches of frames."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

import orjson

from ...frames import Frame
from ...lifecycle.registry import Component, Registry, Status
from ...lifecycle.snapshot import Limits, Snapshot, State, Verdict
from ...lifecycle.traffic import Tally, Traffic

END = b"\n\n"

_KEPT = tuple(each.name for each in fields(Snapshot) if each.name != "traffic")

#: Tells whether the lease of a process ran out.
Lost = Callable[[str], bool]


def joined(frames: Sequence[Frame]) -> bytes:
    """Join frames to a batch."""
    return b"".join([frame.body for frame in frames])


def split(batch: bytes) -> list[bytes]:
    """Return the bodies of a batch: an event ends with a blank line, and has no other."""
    return [body + END for body in batch.split(END)[:-1]]


def flags(snapshot: Snapshot) -> str:
    """Return what is told of a snapshot beside it: `c` for cancelled, `e` for ended."""
    return "c" * snapshot.cancelled + "e" * snapshot.terminal


def dump(snapshot: Snapshot) -> bytes:
    """Encode a snapshot, without its traffic."""
    return orjson.dumps({name: getattr(snapshot, name) for name in _KEPT})


def parse(kept: Mapping[bytes, bytes], lost: Lost) -> Snapshot:
    """Decode what is kept of a stream, its traffic too."""
    document = orjson.loads(kept[b"snapshot"])
    components = document.pop("registry")["components"]
    snapshot = Snapshot(
        **document
        | {
            "state": State(document["state"]),
            "verdict": document["verdict"] and Verdict(document["verdict"]),
            "version": int(kept[b"version"]),
            "limits": Limits(**document["limits"]),
            "registry": Registry({name: _component(each) for name, each in components.items()}),
        }
    )
    return replace(snapshot, traffic=_traffic(kept, lost))


def pairs(fields: Sequence[bytes] | dict[bytes, bytes]) -> dict[bytes, bytes]:
    """Return the fields of a hash or an entry, which the server gives as a list."""
    if isinstance(fields, dict):  # the client of a cluster has done it
        return fields
    return dict(zip(fields[::2], fields[1::2], strict=True))


def _component(document: dict[str, Any]) -> Component:
    return Component(**document | {"status": Status(document["status"])})


def _traffic(kept: Mapping[bytes, bytes], lost: Lost) -> Traffic:
    traffic = Traffic(
        frames=int(kept.get(b"frames", 0)),
        bytes=int(kept.get(b"bytes", 0)),
        at=float(kept[b"at"]),
        anyone_at=float(kept.get(b"anyone", 0.0)),
        first_at=float(kept[b"since"]) if b"since" in kept else None,
    )
    for key, value in kept.items():
        kind, _, name = key.decode().partition(":")
        if kind in _TALLIED:
            attribute, convert = _TALLIED[kind]
            setattr(traffic.tally_of(name), attribute, convert(value))
    for tally in traffic.components.values():
        tally.lost = bool(tally.owner) and lost(tally.owner)
    return traffic


_TALLIED: dict[str, tuple[str, Callable[[bytes], Any]]] = {
    "f": ("frames", int),
    "b": ("bytes", int),
    "t": ("at", float),
    "n": ("note", bytes.decode),
    "o": ("owner", bytes.decode),
}

__all__ = ["Lost", "Tally", "dump", "flags", "joined", "pairs", "parse", "split"]
