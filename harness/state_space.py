"""The state space of a stream: each state that any causes can bring about, and each decision in it.

Streams that differ only in the names of their components, or in times, count as one: no rule reads
a name or compares two times. `outline` counts as one what differs only in which error a component
had, and in which verdict came first, too: no rule tells them apart, either. `python -m
harness.state_space` looks at each stream by itself, which takes minutes.
"""

from collections import deque
from collections.abc import Callable, Hashable, Iterator
from dataclasses import replace
from typing import Any, NamedTuple

from sse_pipeline.exceptions import SSEPipelineError
from sse_pipeline.lifecycle import causes
from sse_pipeline.lifecycle.causes import Cause
from sse_pipeline.lifecycle.decision import decide
from sse_pipeline.lifecycle.registry import Component, Status
from sse_pipeline.lifecycle.snapshot import Limits, Snapshot, Verdict
from sse_pipeline.testing import Decoder

FAILURES = (Status.FAILED, Status.TIMED_OUT, Status.LOST, Status.CANCELLED)
ABORTS = (Verdict.TIMEOUT, Verdict.OVERFLOW, Verdict.SHUTDOWN)
STOP = causes.stop("owner", 1200, 40)
TIMEOUT = 10.0
NOW = 1.0


class Decision(NamedTuple):
    """One decision: the stream before and after it, its cause, and the frames that it sent.

    A refusal is a decision that is not taken, with the error that the caller got.
    """

    old: Snapshot
    cause: Cause
    new: Snapshot
    taken: bool
    told: list[tuple[str, dict[str, Any]]]
    refusal: SSEPipelineError | None = None


def identity(stream: Snapshot) -> Hashable:
    """Return a stream without names and times."""
    components = sorted((str(each.status), each.required) for each in stream.registry)
    return (stream.state, stream.version > 0, stream.verdict, *_limited(stream), *components)


def outline(stream: Snapshot) -> Hashable:
    """Return what the rules read of a stream."""
    components = sorted(
        ("failed" if each.status in FAILURES else str(each.status), each.required)
        for each in stream.registry
    )
    verdict = stream.verdict is None
    return (stream.state, stream.version > 0, verdict, *_limited(stream), *components)


def _limited(stream: Snapshot) -> tuple[bool, bool, bool, bool]:
    """Return which limits are set, whether it was stopped, and whether it may report no error."""
    full = stream.errors >= stream.limits.errors
    return (stream.silence is None, stream.stop_at is None, stream.stopped is None, full)


def explore(
    components: int,
    key: Callable[[Snapshot], Hashable] = identity,
    limits: Limits = Limits(),  # noqa: B008 - it never changes
) -> Iterator[Decision]:
    """Make each decision that is possible in a stream of so many components at most.

    `key` tells streams apart. Each cause is tried in each stream, whatever the key is.
    """
    unopened = [replace(_declared(count), limits=limits) for count in range(components + 1)]
    seen, left = set(map(key, unopened)), deque(unopened)
    while left:
        old = left.popleft()
        for cause in _causes(old, components):
            made = _decide(old, cause)
            yield made
            if (found := key(made.new)) not in seen:
                seen.add(found)
                left.append(made.new)


def _declared(count: int) -> Snapshot:
    """Return a stream that is not open yet, with so many declared components."""
    stream = Snapshot("id")
    for number in range(count):
        component = Component(f"c{number}", number % 2 == 0, TIMEOUT)
        stream = replace(stream, registry=stream.registry.put(component))
    return stream


def _decide(old: Snapshot, cause: Cause) -> Decision:
    try:
        outcome = decide(old, cause, NOW)
    except SSEPipelineError as error:
        return Decision(old, cause, old, False, [], error)
    events = Decoder().feed(b"".join(frame.body for frame in outcome.frames))
    told = [(event.event, event.json()) for event in events]
    return Decision(old, cause, outcome.snapshot, outcome.taken, told)


def _causes(stream: Snapshot, components: int) -> Iterator[Cause]:
    """Return each cause that a caller, the watchdog or the store may have for a stream."""
    names = list(stream.registry.components)
    yield causes.OPEN
    yield causes.MARK_COMPLETE
    yield causes.CANCEL
    yield STOP
    yield causes.DRAIN_OVER
    yield from map(causes.abort, ABORTS)
    for fatal in (True, False):
        yield causes.report_error("an error", fatal=fatal)
    for required in (True, False):
        if len(names) in (*range(components), stream.limits.components):
            yield causes.register(Component(f"c{len(names)}", required, TIMEOUT))
        for name in names:  # with equal options, and with others
            yield causes.register(Component(name, required, TIMEOUT))
    for name in (*names, "unknown"):
        yield causes.complete(name)
        for status in FAILURES:
            yield causes.fail(name, status)


def main() -> None:
    """Look at each stream of up to four components, and print what was found."""
    from harness.invariants import INVARIANTS  # which need this module

    for components in range(5):
        states: set[Hashable] = set()
        decisions = violations = 0
        for made in explore(components):
            states.add(identity(made.old))
            decisions += 1
            violations += sum(not each(made) for each in INVARIANTS)
        print(f"{components} components: {len(states):,} states, {decisions:,} decisions,", end=" ")
        print(f"{len(INVARIANTS)} invariants, {violations} violations", flush=True)


if __name__ == "__main__":
    main()
