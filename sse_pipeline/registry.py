"""The completion registry: the components of a stream, and how each of them ended."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from .exceptions import InvalidComponent
from .traffic import Tally

_NAME = re.compile(r"[A-Za-z_][\w.:-]{0,99}", re.ASCII)


class Status(StrEnum):
    """How a component stands: `pending`, or how it settled."""

    PENDING = "pending"
    COMPLETE = "complete"
    FAILED = "failed"
    TIMED_OUT = "timed_out"
    LOST = "lost"
    CANCELLED = "cancelled"
    ABANDONED = "abandoned"


@dataclass(frozen=True, slots=True)
class Component:
    """One producer of a stream. Times are seconds by the store's clock.

    `timeout` is the silence, in seconds, after which it counts as `timed_out`; None for never.
    `summary` is what it says itself of its work when it settles, for the ledger.
    `claim_within` is how long it waits for a process that works on it, before it counts as `lost`;
    None where the one that registers it does.
    """

    name: str
    required: bool = True
    timeout: float | None = None
    registered_at: float = 0.0
    status: Status = Status.PENDING
    settled_at: float | None = None
    reason: str | None = None
    frames: int = 0
    bytes: int = 0
    summary: Mapping[str, Any] | None = None
    claim_within: float | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not _NAME.fullmatch(self.name):
            raise InvalidComponent(
                f"name: {self.name!r} is no component name: a letter or underscore, then up to "
                "99 letters, digits, or any of _ . : -"
            )
        if not isinstance(self.required, bool):
            raise InvalidComponent(f"required: {self.required!r} is neither True nor False")
        if self.timeout is not None and not is_duration(self.timeout):
            raise InvalidComponent(f"timeout: {self.timeout!r} is no positive number of seconds")

    @property
    def pending(self) -> bool:
        """Whether it has not settled."""
        return self.status is Status.PENDING

    @property
    def public_reason(self) -> str:
        """Why it settled so, for those who may not see the text of an exception; "" for no why."""
        return self.status if self.status is Status.FAILED else self.reason or ""

    def options_equal(self, other: Component) -> bool:
        """Tell whether the other was registered in the same way."""
        return (self.name, self.required, self.timeout) == (
            other.name,
            other.required,
            other.timeout,
        )

    def settled(
        self,
        status: Status,
        reason: str | None,
        now: float,
        tally: Tally,
        summary: Mapping[str, Any] | None = None,
    ) -> Component:
        """Return the component as it ended, with what it had sent."""
        return replace(
            self,
            status=status,
            reason=reason,
            settled_at=now,
            frames=tally.frames,
            bytes=tally.bytes,
            summary=summary,
        )

    def entry(self) -> dict[str, Any]:
        """Return its line of the ledger; `ms` is the time from registration to settlement."""
        entry = {
            "status": self.status,
            "required": self.required,
            "frames": self.frames,
            "bytes": self.bytes,
            "ms": None if self.settled_at is None else _ms(self.settled_at - self.registered_at),
            "reason": self.reason,
        }
        return entry if self.summary is None else {**entry, "summary": self.summary}


@dataclass(frozen=True, slots=True)
class Registry:
    """The components of a stream in the order of their registration. Never changed: replaced."""

    components: Mapping[str, Component] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Component]:
        return iter(self.components.values())

    def get(self, name: str) -> Component | None:
        """Return the component of this name, if there is one."""
        return self.components.get(name)

    def pending(self) -> list[Component]:
        """Return the components that have not settled."""
        return [component for component in self if component.pending]

    def put(self, component: Component) -> Registry:
        """Return the registry with this component added or replaced."""
        return Registry({**self.components, component.name: component})

    def ledger(self) -> dict[str, dict[str, Any]]:
        """Return how each component stands, by name."""
        return {component.name: component.entry() for component in self}


def is_duration(value: object) -> bool:
    """Tell whether a value is a positive, finite number."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and 0 < value < math.inf  # type: ignore[operator]


def _ms(seconds: float) -> int:
    return max(0, round(seconds * 1000))
