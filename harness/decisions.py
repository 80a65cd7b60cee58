"""What a decision of the state space is about, as the invariants ask for it."""

from harness.state_space import Decision
from sse_pipeline.lifecycle.registry import Component
from sse_pipeline.lifecycle.snapshot import State, Verdict


def status_of(component: Component | None) -> str | None:
    """Return the status of a component; None without one."""
    return None if component is None else component.status


def asked(made: Decision) -> Component:
    """Return the component that the cause registers."""
    assert made.cause.component is not None
    return made.cause.component


def is_pending(made: Decision) -> bool:
    """Return whether the component that the cause names was pending."""
    component = made.old.registry.get(made.cause.name)
    return component is not None and component.pending


def is_stopped(made: Decision) -> bool:
    """Return whether the stream was stopped before, and nothing condemned it since."""
    return made.old.stopped is not None and made.old.verdict is None


def is_decided(made: Decision) -> bool:
    """Return whether only finalizers could still change the outcome."""
    return made.old.finalize_by is not None


def reports_run(made: Decision) -> bool:
    """Return whether the cause says how the run of a finalizer went that is under way."""
    component = made.old.registry.get(made.cause.name)
    return (
        made.cause.trigger in ("complete", "fail")
        and component is not None
        and component.pending
        and component.runs
        and component.attempt == made.cause.attempt
    )


def retries(made: Decision) -> bool:
    """Return whether a failure leaves a component to its next attempt, and does not settle it."""
    component = made.old.registry.get(made.cause.name)
    return (
        made.cause.trigger == "fail"
        and component is not None
        and component.finalizer is None
        and component.pending
        and made.cause.retryable
        and made.cause.attempt in (None, component.attempt)
        and component.attempt < component.attempts
        and made.old.stop_at is None
        and made.old.verdict is None
    )


def takes_over(made: Decision) -> bool:
    """Return whether somebody begins an attempt while another one is made."""
    component = made.old.registry.get(made.cause.name)
    return (
        made.cause.trigger == "take"
        and component is not None
        and component.finalizer is None
        and component.pending
        and component.began_at is not None
        and component.attempt < component.attempts
        and not made.old.terminal
    )


def settles(made: Decision) -> bool:
    """Return whether `complete` or `fail` settles the component that it names."""
    component = made.old.registry.get(made.cause.name)
    if component is None or made.cause.trigger not in ("complete", "fail"):
        return False
    if component.finalizer is None:
        named = made.cause.attempt in (None, component.attempt)
        return component.pending and named and not retries(made)
    last = made.cause.trigger == "complete" or component.attempt == component.attempts
    return reports_run(made) and last


def is_again(made: Decision, new: Component) -> bool:
    """Return whether a component waits, goes on, tells its progress, or is at another attempt."""
    old = made.old.registry.get(new.name)
    if old is None or new.finalizer is not None:
        return False
    said, says = ((each.waiting, each.waited_at, each.progress) for each in (old, new))
    if new.pending and said != says:
        return True
    if new.attempt == 1:
        return False
    return (old.attempt, old.began_at is None) != (new.attempt, new.began_at is None)


def is_shutdown(made: Decision) -> bool:
    """Return whether the process of an open stream ends."""
    return made.cause.verdict is Verdict.SHUTDOWN and not made.old.terminal


def condemns(made: Decision) -> bool:
    """Return whether the cause is a reason for an end as `errored`, and not too late."""
    if made.old.terminal or is_decided(made):
        return not made.old.terminal and _condemns_finalizers(made)
    pending = made.old.registry.pending()
    has_finalizers = any(each.finalizer for each in pending)
    producers = made.old.registry.pending_producers()
    match made.cause.trigger:
        case "report_error":
            return made.cause.fatal
        case "abort" if is_shutdown(made) and has_finalizers:
            return True
        case "fail" | "drain_over" | "abort" if is_stopped(made):
            return False
        case "fail" | "drain_over" as trigger:
            late = made.old.state is State.DRAINING and trigger == "drain_over"
            failed = made.cause.name if settles(made) else None
            return any(each.required for each in producers if late or each.name == failed)
        case trigger:
            return trigger in ("cancel", "abort")


def _condemns_finalizers(made: Decision) -> bool:
    """Return the same of a stream in which only finalizers are left."""
    pending = made.old.registry.pending()
    match made.cause.trigger:
        case "fail":
            late = [each for each in pending if settles(made) and each.name == made.cause.name]
        case "drain_over":
            late = pending
        case _:
            return is_shutdown(made)
    return any(each.required for each in late)
