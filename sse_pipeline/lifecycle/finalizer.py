"""A finalizer: what the library itself does when all other components of a stream have settled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Finalizer:
    """The call of a component that the library runs, and how it stands. Times are seconds.

    `call` is the path of a callable that any process can import, and `arguments` are the keyword
    arguments that it gets; `signature` tells a process that one of its site wrote both. A run is
    given up after `limit`. After the first failure the finalizer rests for `pause`, and after each
    further one for twice as long.
    """

    call: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    signature: str = ""
    limit: float = 60.0
    pause: float = 1.0
    #: Before this time no run may begin.
    not_before: float = 0.0

    @property
    def options(self) -> tuple[str, Mapping[str, Any], float, float]:
        """What it was registered with."""
        return self.call, self.arguments, self.limit, self.pause
