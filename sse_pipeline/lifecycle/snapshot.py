"""The snapshot of a stream: all that a store holds beside the frames."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from .registry import Component, Registry
from .traffic import Traffic

#: The W3C's `traceparent` of a span that is recorded.
_RECORDED = re.compile(r"00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f][13579bdf]")


class State(StrEnum):
    """The states of a stream."""

    STREAMING = "streaming"
    DRAINING = "draining"
    COMPLETE = "complete"
    ERRORED = "errored"


#: The states in which a stream has ended. The last frame has the name of its state.
TERMINAL = frozenset({State.COMPLETE, State.ERRORED})


class Verdict(StrEnum):
    """The reason of an end as `errored`: the first fatal reason, set once."""

    COMPONENT_FAILED = "component_failed"
    ERROR_REPORTED = "error_reported"
    TIMEOUT = "timeout"
    CANCELLED = "cancelled"
    PRODUCER_LOST = "producer_lost"
    OVERFLOW = "overflow"
    SHUTDOWN = "shutdown"


@dataclass(frozen=True, slots=True)
class Stop:
    """The stop of a stream: who had enough, and how much of its speech and text was taken in.

    `by` tells readers who it was: a right such as `owner`, or what a producer says. `heard_ms` is
    the place in the speech in milliseconds, `heard_offset` the place in the text in code points.
    None for what nobody told.
    """

    by: str
    heard_ms: int | None = None
    heard_offset: int | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one stream, fixed when it is opened. Times are seconds; None for no limit."""

    deadline: float | None = 1800.0
    drain_silence: float = 60.0
    drain_limit: float = 5.0
    #: How many components may register, and how many errors may be reported.
    components: int = 256
    errors: int = 100
    #: How long finalizers may take, all together.
    finalizing: float = 300.0
    #: How long the next attempt of a component waits for a process.
    claim: float = 60.0


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A stream at one version. Times are seconds by the store's clock.

    While the stream drains, its pending components are abandoned at `stop_at`, or after `silence`
    seconds without a frame. `traffic` takes no part in comparisons: on a
    shared store it is as of the load, and in the memory store it goes on.
    """

    stream_id: str
    state: State = State.STREAMING
    registry: Registry = field(default_factory=Registry)
    verdict: Verdict | None = None
    version: int = 0
    owner: str | None = None
    limits: Limits = field(default_factory=Limits)
    opened_at: float = 0.0
    ended_at: float | None = None
    #: When it began to drain; None if it has not.
    draining_at: float | None = None
    stop_at: float | None = None
    silence: float | None = None
    #: All but the finalizers have settled, which decides the outcome. They have until this time.
    finalize_by: float | None = None
    #: How it was stopped; None if nobody stopped it.
    stopped: Stop | None = None
    #: How many errors were reported to the reader.
    errors: int = 0
    traffic: Traffic = field(default_factory=Traffic, compare=False)
    #: The `message` of its end as `complete`; None for `draft.SUCCESS`.
    success_message: str | None = None
    #: The span of the stream, as the W3C's headers of a trace name it; empty without traces.
    trace: Mapping[str, str] = field(default_factory=dict)
    #: What a later version of the library added to the record of the stream, by its part. It goes
    #: back into the record with each commit, and nothing here reads it.
    unknown: Mapping[str, Any] = field(default_factory=dict)

    @property
    def terminal(self) -> bool:
        """Whether the stream is `complete` or `errored`."""
        return self.state in TERMINAL

    @property
    def cancelled(self) -> bool:
        """Whether producers should stop: the stream was stopped or cancelled, or has failed."""
        return self.stop_at is not None

    @property
    def trace_id(self) -> str:
        """The id of the trace in which the stream is; "" if it is in none that is recorded."""
        parent = _RECORDED.fullmatch(self.trace.get("traceparent", ""))
        return parent[1] if parent else ""

    @property
    def left_to_finalizers(self) -> bool:
        """Whether some components are pending, and all of them are finalizers."""
        pending = self.registry.pending()
        return bool(pending) and all(each.finalizer for each in pending)

    def last_sign(self, component: Component) -> float:
        """Return the time of the last sign of life of a component."""
        tally = self.traffic.components.get(component.source)
        began_at = component.began_at or component.registered_at
        told_at = component.progress.at if component.progress else 0.0
        began_at = max(began_at, component.waited_at, told_at)
        return max(began_at, self.traffic.anyone_at, tally.at if tally else 0.0)

    def ledger(self) -> dict[str, dict[str, Any]]:
        """Return how each component stands; on a shared store the counts are as of the load.

        Frames that came after a component had settled are counted, too. Those of earlier attempts
        are not.
        """
        ledger = self.registry.ledger()
        for name, entry in ledger.items():
            source = self.registry.components[name].source
            if tally := self.traffic.components.get(source):
                entry.update(frames=tally.frames, bytes=tally.bytes)
        return ledger
