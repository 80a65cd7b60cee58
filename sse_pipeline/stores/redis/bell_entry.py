"""The entries of a bell, and the commands that ring and read one.

A bell is a Redis Stream. Each entry names the streams that a batch of the writer changed (`rang`),
and those whose flags changed (`flags`), separated by spaces. A process blocks on the bells and
then reads the streams that rang. The obvious way was rejected: one blocking `XREAD` over all the
streams that a process follows wakes up in 9.4 ms with 5,000 of them, and in 0.7 ms with one bell.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from .codec import as_mapping
from .connection import Command


class Ring(NamedTuple):
    """The streams that an entry names: those that changed, and those whose flags did."""

    streams: list[str]
    flags: list[str]


def ring_command(
    bell: str, kept: int, streams: Iterable[str] = (), flags: Iterable[str] = ()
) -> Command:
    """Return the command that rings a bell. The bell keeps about `kept` entries."""
    entry = ("rang", " ".join(streams), "flags", " ".join(flags))
    return ("XADD", bell, "MAXLEN", "~", kept, "*", *entry)


def newest_command(bell: str) -> Command:
    """Return the command that reads the newest entry of a bell."""
    return ("XREVRANGE", bell, "+", "-", "COUNT", 1)


def parse_ring(fields: Sequence[bytes] | dict[bytes, bytes]) -> Ring:
    """Decode an entry of a bell."""
    entry = as_mapping(fields)
    return Ring(_ids(entry, b"rang"), _ids(entry, b"flags"))


def _ids(entry: dict[bytes, bytes], name: bytes) -> list[str]:
    # What this version does not know names no stream that it follows.
    return entry.get(name, b"").decode(errors="replace").split()
