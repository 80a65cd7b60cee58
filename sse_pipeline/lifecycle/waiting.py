"""What a component waits for that is not its own work, such as a person."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Waiting:
    """A wait: what for, since when by the store's clock, and for how many seconds at most."""

    what: str
    since: float
    limit: float
