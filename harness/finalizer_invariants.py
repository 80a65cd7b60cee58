"""What always holds of finalizers: those of the invariants of every stream that are about them."""

from harness.decisions import is_decided, is_shutdown, reports_run, settles
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
    """A finalizer whose run fails is pending again with the next number, up to its last one."""
    for old in made.old.registry:
        new = made.new.registry.get(old.name)
        again = reports_run(made) and not settles(made) and old.name == made.cause.name
        if new is None or new.attempt != old.attempt + again or new.attempt > new.attempts:
            return False
        if again and (new.runs or not new.pending):
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
