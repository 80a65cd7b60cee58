"""The completion registry: the components of a stream, and how each of them ended."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from ..exceptions import InvalidComponent
from ..validation import is_duration, positive_whole, shown
from .finalizer import Finalizer
from .progress import Progress
from .traffic import Tally
from .waiting import Waiting

_ATTEMPTS = positive_whole(most=2**63 - 1)
_NAME = re.compile(r"[A-Za-z_][\w.:-]{0,99}", re.ASCII)


class Status(StrEnum):
    """The state of a component: `pending`, or the way in which it settled."""

    PENDING = "pending"
    COMPLETE = "complete"
    FAILED = "failed"
    TIMED_OUT = "timed_out"
    LOST = "lost"
    CANCELLED = "cancelled"
    STOPPED = "stopped"
    ABANDONED = "abandoned"


@dataclass(frozen=True, slots=True)
class Component:
    """One producer of a stream. Times are seconds by the store's clock.

    A component that is silent for `timeout` seconds counts as `timed_out`; None means never.
    `summary` is a mapping that the component adds to the ledger when it settles. A component that
    no process has claimed after `claim_within` seconds counts as `lost`; None means that the
    process that registers it works on it.

    `attempt` is the number of the attempt that is made or waited for, of at most `attempts`. The
    frames of the attempts before `since` count no more. A component with a `finalizer` is run by
    the library, when all others have settled.

    Raises:
        InvalidComponent: The name or an option can't be used; the message names it.
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
    attempt: int = 1
    attempts: int = 1
    since: int = 1
    #: When somebody began the attempt; None if nobody has, or if there is only one.
    began_at: float | None = None
    #: When it became free for the attempt; None for the first one.
    free_at: float | None = None
    #: What it waits for; it is not silent meanwhile. And when it waited last.
    waiting: Waiting | None = None
    waited_at: float = 0.0
    #: How far it is, as readers were told last.
    progress: Progress | None = None
    finalizer: Finalizer | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not _NAME.fullmatch(self.name):
            raise InvalidComponent(
                f"name: {shown(self.name)} is not a component name: a letter or underscore, then up"
                " to 99 letters, digits, or any of _ . : -"
            )
        if not isinstance(self.required, bool):
            raise InvalidComponent(f"required: {shown(self.required)} is neither True nor False")
        if self.timeout is not None and not is_duration(self.timeout):
            raise InvalidComponent(
                f"timeout: {shown(self.timeout)} is not a positive number of seconds up to 1e9"
            )
        if complaint := _ATTEMPTS(self.attempts):
            raise InvalidComponent(f"attempts: {complaint}, not {shown(self.attempts)}")

    @property
    def pending(self) -> bool:
        """Whether it has not settled."""
        return self.status is Status.PENDING

    @property
    def runs(self) -> bool:
        """Whether it is a finalizer, and some process runs it."""
        return self.finalizer is not None and self.began_at is not None

    @property
    def is_free(self) -> bool:
        """Whether a further attempt of it waits for a process."""
        return self.finalizer is None and self.free_at is not None and self.began_at is None

    @property
    def source(self) -> str:
        """The name by which stores know the attempt: it has frames, notes and a process."""
        return source_of(self.name, self.attempt)

    @property
    def public_reason(self) -> str:
        """The reason without the text of an exception; "" if there is none."""
        return self.status if self.status is Status.FAILED else self.reason or ""

    def options_equal(self, other: Component) -> bool:
        """Return whether the other component has the same name and options."""
        return self.name == other.name and not self.difference(other)

    def difference(self, other: Component) -> str:
        """Return the options in which another component differs, as text; "" for none."""
        differences = [
            f"{option}={getattr(self, option)!r}, not {getattr(other, option)!r}"
            for option in ("required", "timeout", "attempts")
            if getattr(self, option) != getattr(other, option)
        ]
        mine, others = (each.finalizer and each.finalizer.options for each in (self, other))
        if mine != others:
            differences.append(f"finalizer={mine!r}, not {others!r}")
        return " and ".join(differences)

    def settled(
        self,
        status: Status,
        reason: str | None,
        now: float,
        tally: Tally,
        summary: Mapping[str, Any] | None = None,
    ) -> Component:
        """Return the component as settled, with the counts of its tally."""
        return replace(
            self,
            status=status,
            reason=reason,
            settled_at=now,
            frames=tally.frames,
            bytes=tally.bytes,
            summary=summary,
            waiting=None,
        )

    def entry(self) -> dict[str, Any]:
        """Return the entry of the ledger; `ms` is the time from registration to settlement."""
        entry = {
            "status": self.status,
            "required": self.required,
            "frames": self.frames,
            "bytes": self.bytes,
            "ms": None if self.settled_at is None else _ms(self.settled_at - self.registered_at),
            "reason": self.reason,
        }
        if self.attempt > 1:
            entry["attempt"] = self.attempt
        if self.progress is not None:
            entry["progress"] = self.progress.told()
        return entry if self.summary is None else {**entry, "summary": self.summary}


def source_of(name: str, attempt: int) -> str:
    """Return the name by which stores know an attempt of a component.

    A store that gives a component up as lost refuses its frames from then on. So each attempt has
    a name of its own: the frames of an earlier one are refused, and those of the next one are not.
    """
    return name if attempt == 1 else f"{name}@{attempt}"


@dataclass(frozen=True, slots=True)
class Registry:
    """The components of a stream in the order of their registration. Immutable."""

    components: Mapping[str, Component] = field(default_factory=dict)
    #: Those of them that have not settled. Each commit asks for them, and must not look for them.
    unsettled: Mapping[str, Component] | None = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.unsettled is None:
            unsettled = {each.name: each for each in self if each.pending}
            object.__setattr__(self, "unsettled", unsettled)  # the class is frozen

    def __iter__(self) -> Iterator[Component]:
        return iter(self.components.values())

    def get(self, name: str) -> Component | None:
        """Return the component of this name, if there is one."""
        return self.components.get(name)

    def pending(self) -> list[Component]:
        """Return the components that have not settled."""
        return list((self.unsettled or {}).values())

    def pending_producers(self) -> list[Component]:
        """Return those of them that are no finalizers."""
        return [each for each in self.pending() if each.finalizer is None]

    def earlier_attempts(self) -> Iterator[str]:
        """Yield the attempts that others have followed, by the names that stores know."""
        for each in self:
            if each.attempt > 1:
                yield from (source_of(each.name, number) for number in range(1, each.attempt))

    def put(self, *components: Component) -> Registry:
        """Return a registry in which these components are added or replaced."""
        merged, unsettled = dict(self.components), dict(self.unsettled or {})
        for each in components:
            merged[each.name] = each
            if each.pending:
                unsettled[each.name] = each
            else:
                unsettled.pop(each.name, None)
        return Registry(merged, unsettled)

    def ledger(self) -> dict[str, dict[str, Any]]:
        """Return the entry of each component, by name."""
        return {component.name: component.entry() for component in self}


def _ms(seconds: float) -> int:
    return max(0, round(seconds * 1000))
