"""What always holds of a stop: those of the invariants of every stream that are about it."""

from harness.decisions import is_decided, is_shutdown, is_stopped, reports_run
from harness.state_space import Decision
from sse_pipeline.lifecycle.snapshot import TERMINAL


def a_stop_is_kept(made: Decision) -> bool:
    """A stop is kept as it came if the producers were not told to stop before; nothing else brings
    one, and it brings no verdict."""
    told = made.old.stop_at is not None or made.old.terminal or is_decided(made)
    untold = made.cause.trigger == "stop" and not told
    told_of = [data.get("stopped_by") for event, data in made.told if event in TERMINAL]
    by = made.new.stopped and made.new.stopped.by
    return (
        made.new.stopped is (made.cause.stopped if untold else made.old.stopped)
        and (made.cause.trigger != "stop" or made.taken is untold)
        and told_of in ([], [by])
    )


def what_is_stopped_counts(made: Decision) -> bool:
    """A stream that was stopped ends as `complete`, whatever its components do, unless a cancel, a
    reported error or a finalizer condemns it."""
    harmless = made.cause.trigger not in ("cancel", "report_error") and not (
        reports_run(made) or is_shutdown(made) or is_decided(made)
    )
    return not (is_stopped(made) and harmless) or made.new.verdict is None
