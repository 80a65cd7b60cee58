"""Rings the bells: it tells the other processes which streams a pipeline of the writer changed.

The rings are the last commands of the same pipeline, so they cost no round trip. On one server a
ring follows the scripts that it is about. In a cluster the two are on different nodes, and a ring
may come too early; then, and when a ring gets lost, the next look at all streams (once in a third
of a lease) finds the change. A ring that tells of nothing new costs a read.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from .. import keys
from ..bell_entry import ring_command
from ..connection import Command
from ..server import Server
from ..tuning import Tuning
from .script_request import ScriptRequest


class BellRinger:
    """Makes the commands that ring the bells. The writer's thread alone uses it."""

    def __init__(self, server: Server, tuning: Tuning) -> None:
        self._server = server
        self._kept_rings = tuning.kept_rings
        self._life = tuning.bell_life
        #: When this process set the expiry of each bell last.
        self._kept_at: dict[str, float] = {}

    def commands(self, requests: Iterable[ScriptRequest[Any]]) -> list[Command]:
        """Return the commands that tell of what requests change."""
        names = self._server.bells
        changed_by_bell = defaultdict(list)
        for request in requests:
            if request.rings_bell:
                changed_by_bell[keys.bell_of(request.stream_id, names)].append(request)
        return [
            command
            for bell, changed in changed_by_bell.items()
            for command in self._ring(bell, changed)
        ]

    def forget(self) -> None:
        """Forget which bells have an expiry: a new server may have none of them."""
        self._kept_at.clear()

    def _ring(self, bell: str, changed: Sequence[ScriptRequest[Any]]) -> list[Command]:
        streams = [each.stream_id for each in changed]
        flags = [each.stream_id for each in changed if each.changes_flags]
        commands = [ring_command(bell, self._kept_rings, streams, flags)]
        now = time.monotonic()
        if now - self._kept_at.get(bell, -self._life) > self._life:
            commands.append(("PEXPIRE", bell, round(2000 * self._life)))
            self._kept_at[bell] = now
        return commands
