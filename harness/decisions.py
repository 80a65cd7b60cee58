"""What a decision of the state space is about, as the invariants ask for it."""

from harness.state_space import Decision
from sse_pipeline.lifecycle.registry import Component
from sse_pipeline.lifecycle.snapshot import State


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


def condemns(made: Decision) -> bool:
    """Return whether the cause is a reason for an end as `errored`, and not too late."""
    if made.old.terminal:
        return False
    pending = made.old.registry.pending()
    match made.cause.trigger:
        case "report_error":
            return made.cause.fatal
        case "fail" | "drain_over" | "abort" if is_stopped(made):
            return False
        case "fail":
            return any(each.name == made.cause.name and each.required for each in pending)
        case "drain_over":
            return made.old.state is State.DRAINING and any(each.required for each in pending)
        case trigger:
            return trigger in ("cancel", "abort")
