"""What always holds of components: those of the invariants of every stream that are about frames,
attempts and finalizers."""

from collections import Counter

from harness.decisions import (
    is_again,
    is_decided,
    is_shutdown,
    reports_run,
    retries,
    settles,
    status_of,
    takes_over,
)
from harness.state_space import Decision
from sse_pipeline.lifecycle.registry import Status
from sse_pipeline.lifecycle.snapshot import State


def finalizers_come_last(made: Decision) -> bool:
    """A finalizer runs while no other component is pending, and no other finalizer runs; none is
    settled before it ran, unless the stream ends."""
    runs = [each for each in made.new.registry.pending() if each.runs]
    early = [
        each
        for each in made.new.registry
        if each.finalizer and not each.pending and each.status is not Status.ABANDONED
    ]
    waits = bool(made.new.registry.pending_producers())
    return len(runs) <= 1 and not (waits and (runs or early))


def a_run_is_begun_once(made: Decision) -> bool:
    """A run begins if none is under way, and has a number of its own; what is said of another one
    changes nothing."""
    named = made.old.registry.get(made.cause.name)
    if named is None or named.finalizer is None or made.cause.attempt is None:
        return True
    if made.cause.trigger == "begin":
        busy = any(each.runs for each in made.old.registry.pending())
        ready = is_decided(made) and named.pending and named.attempt == made.cause.attempt
        return made.taken is (ready and not busy and not made.old.terminal)
    return made.taken is (reports_run(made) and not made.old.terminal)


def attempts_are_counted(made: Decision) -> bool:
    """A component whose attempt fails for now, is lost or is taken over is pending with the next
    number, up to its last one; so is a finalizer whose run fails."""
    fails = retries(made) or (reports_run(made) and not settles(made))
    for old in made.old.registry:
        new = made.new.registry.get(old.name)
        again = (fails or takes_over(made)) and old.name == made.cause.name
        if new is None or new.attempt != old.attempt + again or new.attempt > new.attempts:
            return False
        if again and (not new.pending or (new.began_at is None) is not fails):
            return False
    return True


def what_finalizers_wait_for_is_decided(made: Decision) -> bool:
    """When only finalizers are left in a closed registry, nothing but them, a shutdown and the end
    of their time changes the outcome."""
    new = made.new
    left = new.state is State.DRAINING and new.left_to_finalizers
    may_change = reports_run(made) or is_shutdown(made) or made.cause.trigger == "drain_over"
    same = (new.verdict, new.stopped) == (made.old.verdict, made.old.stopped)
    return left <= (new.finalize_by is not None) and (not is_decided(made) or may_change or same)


def readers_hear_of_each_component(made: Decision) -> bool:
    """A component brings one `component` frame when it is declared, added or settled, and when it
    waits, goes on or tells how far it is, and when it is free for a further attempt, or that
    begins."""
    opens = made.old.version == 0 and made.new is not made.old
    changed = Counter((each.name, str(each.status)) for each in made.old.registry if opens)
    changed.update(
        (each.name, str(each.status))
        for each in made.new.registry
        if status_of(made.old.registry.get(each.name)) != each.status or is_again(made, each)
    )
    return changed == Counter(
        (data["component"], data["status"]) for event, data in made.told if event == "component"
    )
