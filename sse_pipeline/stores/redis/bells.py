"""The bells: Redis Streams that tell the processes which streams changed, and whose flags."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

from . import keys
from .line import Command
from .operations import Operation

#: How many rings a bell remembers, and for how many seconds after the last, at least.
REMEMBERED, RINGING = 4000, 120.0


class Bells:
    """Rings the bells, whose names are asked for: they depend on the server."""

    def __init__(self, names: Callable[[], Sequence[str]]) -> None:
        self._names = names
        self._kept_at: dict[str, float] = {}

    def rings(self, operations: Iterable[Operation]) -> list[Command]:
        """Return the commands that tell of what operations change."""
        names = self._names()
        rung = defaultdict(list)
        for operation in operations:
            if operation.rings:
                rung[keys.bell_of(operation.stream_id, names)].append(operation)
        return [command for bell, changed in rung.items() for command in self._ring(bell, changed)]

    def forget(self) -> None:
        """Take no bell for kept: another server may have none of them."""
        self._kept_at.clear()

    def _ring(self, bell: str, changed: Sequence[Operation]) -> list[Command]:
        streams = [each.stream_id for each in changed]
        commands = [ring(bell, streams, [each.stream_id for each in changed if each.flags])]
        now = time.monotonic()
        if now - self._kept_at.get(bell, -RINGING) > RINGING:
            commands.append(("PEXPIRE", bell, round(2000 * RINGING)))
            self._kept_at[bell] = now
        return commands


def ring(bell: str, streams: Iterable[str] = (), flags: Iterable[str] = ()) -> Command:
    """Return the command that tells which streams changed, and whose flags did."""
    entry = ("rang", " ".join(streams), "flags", " ".join(flags))
    return ("XADD", bell, "MAXLEN", "~", REMEMBERED, "*", *entry)
