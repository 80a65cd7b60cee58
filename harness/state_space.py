"""The state space of a stream: each state that any causes can bring about, and each decision in it.

Streams that differ only in the names of their components, or in times, count as one: no rule reads
a name or compares two times. `outline` counts as one what differs only in which error a component
had, and in which verdict came first, too: no rule tells them apart, either. `gist` leaves out what
became of components that have settled, as well; `harness.gists` checks that what follows of equal
gists is equal. `python -m harness.state_space` takes most of an hour.
"""

from collections import deque
from collections.abc import Callable, Hashable, Iterator
from dataclasses import replace
from typing import Any, NamedTuple

from sse_pipeline.exceptions import SSEPipelineError
from sse_pipeline.lifecycle import causes
from sse_pipeline.lifecycle.causes import Cause
from sse_pipeline.lifecycle.decision import decide
from sse_pipeline.lifecycle.finalizer import Finalizer
from sse_pipeline.lifecycle.progress import Progress
from sse_pipeline.lifecycle.registry import Component, Status
from sse_pipeline.lifecycle.snapshot import Limits, Snapshot, Verdict
from sse_pipeline.lifecycle.waiting import Waiting
from sse_pipeline.testing import Decoder

#: What of a component tells streams apart.
Form = Callable[[Component], tuple[Hashable, ...]]

FAILURES = (Status.FAILED, Status.TIMED_OUT, Status.LOST, Status.CANCELLED)
ABORTS = (Verdict.TIMEOUT, Verdict.OVERFLOW, Verdict.SHUTDOWN)
STOP = causes.stop("owner", 1200, 40)
#: It need not rest: all that happens in the state space happens at one time.
FINALIZER = Finalizer("save", pause=0.0)
WAITING = Waiting("approval", 1.0, 3600.0)
#: No other rule reads it, so that it tells no streams apart.
PROGRESS = Progress(0.4, "3 of 7 sources", 1.0)
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
    components = sorted(map(_form_of, stream.registry))
    return (stream.state, stream.version > 0, stream.verdict, *_limited(stream), *components)


def outline(stream: Snapshot) -> Hashable:
    """Return what the rules read of a stream."""
    components = sorted(
        ("failed" if each.status in FAILURES else str(each.status), *_traits(each))
        for each in stream.registry
    )
    verdict = stream.verdict is None
    return (stream.state, stream.version > 0, verdict, *_limited(stream), *components)


def gist(stream: Snapshot) -> Hashable:
    """Return the same without what became of components that have settled: no rule reads that."""
    components = sorted(map(gist_of, stream.registry))
    verdict = stream.verdict is None
    return (stream.state, stream.version > 0, verdict, *_limited(stream), *components)


def gist_of(component: Component) -> tuple[Hashable, ...]:
    """Return what the rules read of a component."""
    if not component.pending:
        return (False, component.finalizer is not None)
    *traits, _, waits = _traits(component)  # no rule reads since when its frames count
    return (True, *traits, waits)


def _form_of(component: Component) -> tuple[Hashable, ...]:
    return (str(component.status), *_traits(component))


def _traits(component: Component) -> tuple[Hashable, ...]:
    """Return what the rules read of a component beside its status."""
    is_finalizer = component.finalizer is not None
    begun, restarted = component.began_at is not None, component.since == component.attempt
    waits = component.waiting is not None
    attempts = (component.attempt, component.attempts)
    return (component.required, is_finalizer, begun, *attempts, restarted, waits)


def _limited(stream: Snapshot) -> tuple[bool, ...]:
    """Return which limits are set, whether it was stopped, and whether it may report no error."""
    full = stream.errors >= stream.limits.errors
    limits = (stream.silence, stream.stop_at, stream.stopped, stream.finalize_by)
    return (*(each is None for each in limits), full)


def explore(
    components: int,
    key: Callable[[Snapshot], Hashable] = identity,
    limits: Limits = Limits(),  # noqa: B008 - it never changes
    finalizers: int = 0,
    attempts: int = 1,
) -> Iterator[Decision]:
    """Make each decision that is possible in a stream of so many components at most.

    The stream declares the finalizers. The first is required, and has two attempts. The others that
    are declared have so many `attempts`.
    `key` tells streams apart. Each cause is tried in each stream, whatever the key is.
    """
    form = gist_of if key is gist else _form_of
    unopened = [
        replace(_declared(count, finalizers, attempts), limits=limits)
        for count in range(components + 1)
    ]
    seen, left = set(map(key, unopened)), deque(unopened)
    while left:
        old = left.popleft()
        for cause in _causes(old, components, form):
            made = _decide(old, cause)
            yield made
            if (found := key(made.new)) not in seen:
                seen.add(found)
                left.append(made.new)


def _declared(count: int, finalizers: int, attempts: int) -> Snapshot:
    """Return a stream that is not open yet, with so many declared components."""
    stream = Snapshot("id")
    for number in range(finalizers):
        first = number == 0
        saving = Component(f"f{number}", first, attempts=1 + first, finalizer=FINALIZER)
        stream = replace(stream, registry=stream.registry.put(saving))
    for number in range(count):
        component = Component(f"c{number}", number % 2 == 0, TIMEOUT, attempts=attempts)
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


def _causes(stream: Snapshot, components: int, form: Form) -> Iterator[Cause]:
    """Return each cause that a caller, the watchdog or the store may have for a stream."""
    names = [each.name for each in stream.registry if each.finalizer is None]
    # Of components that differ in their names alone one is enough.
    distinct = {form(each): each.name for each in stream.registry if not each.finalizer}.values()
    yield from _causes_of_finalizers(stream)
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
        for name in distinct:  # with equal options, and with others
            yield causes.register(Component(name, required, TIMEOUT))
    has_attempts = any(each.attempts > 1 for each in stream.registry if each.finalizer is None)
    for name in (*distinct, "unknown"):
        yield causes.complete(name)
        for status in FAILURES:
            yield causes.fail(name, status)
        if has_attempts:
            yield from _causes_of_attempts(name)


def _causes_of_attempts(name: str) -> Iterator[Cause]:
    for resumes in (True, False):
        yield causes.take(name, resumes=resumes)
    yield causes.wait(name, WAITING)
    yield causes.go_on(name)
    yield causes.progress(name, PROGRESS)
    for attempt in (1, 2):
        yield causes.complete(name, attempt=attempt)
        for status in (Status.FAILED, Status.LOST):
            yield causes.fail(name, status, attempt=attempt, retryable=True)


def _causes_of_finalizers(stream: Snapshot) -> Iterator[Cause]:
    yield causes.FINALIZE
    for each in stream.registry:
        if each.finalizer is not None:
            yield causes.register(each)
            yield causes.complete(each.name)
            yield causes.fail(each.name)
            for attempt in (1, 2):
                yield causes.begin(each.name, attempt)
                yield causes.complete(each.name, attempt=attempt)
                for status in FAILURES:
                    yield causes.fail(each.name, status, attempt=attempt)


#: The streams that are looked at: components, finalizers, attempts of each component, and what
#: tells them apart.
LOOKED_AT = (
    (0, 0, 1, identity),
    (1, 0, 1, identity),
    (2, 0, 1, identity),
    (3, 0, 1, identity),
    (4, 0, 1, identity),
    (1, 0, 3, identity),
    (1, 1, 2, identity),
    (2, 1, 2, gist),
    (3, 1, 2, gist),
)


def main() -> None:
    """Look at each stream of up to four components or finalizers, and print what was found."""
    from harness.gists import Gists  # which need this module
    from harness.invariants import INVARIANTS

    for components, finalizers, attempts, key in LOOKED_AT:
        states: set[Hashable] = set()
        decisions = violations = unfit = 0
        gists = Gists()
        for made in explore(components, key, finalizers=finalizers, attempts=attempts):
            states.add(key(made.old))
            decisions += 1
            violations += sum(not each(made) for each in INVARIANTS)
            unfit += not gists.fits(made)
        print(
            f"{components} components of {attempts} attempts and {finalizers} finalizers,", end=" "
        )
        print(f"by their {key.__name__}:", end=" ")
        print(f"{len(states):,} states, {decisions:,} decisions,", end=" ")
        print(f"{len(INVARIANTS)} invariants, {violations} violations;", end=" ")
        print(f"{unfit} decisions that their gist does not tell", flush=True)


if __name__ == "__main__":
    main()
