"""Log records of what streams do, with fields in `extra` for a collector of logs."""

import logging
from typing import Any

from . import signals
from .escaping import make_logger
from .lifecycle.decision import Step
from .lifecycle.registry import Component, Status
from .lifecycle.snapshot import Snapshot

logger = make_logger(__name__)


def connect() -> None:
    """Listen to the streams."""
    signals.component_settled.connect(_log_settled)
    signals.component_retried.connect(_log_retried)
    signals.state_changed.connect(_log_move)
    signals.stream_ended.connect(_log_ended)


#: How a component settles that its producer forgot, or that died. It is logged as a warning.
_UNSETTLED = {Status.ABANDONED, Status.LOST, Status.TIMED_OUT}


def _log_settled(*, snapshot: Snapshot, component: Component, **_: Any) -> None:
    level = logging.WARNING if component.status in _UNSETTLED else logging.DEBUG
    if logger.isEnabledFor(level):
        extra = {
            **_about(snapshot),
            "component": component.name,
            "status": str(component.status),
            "required": component.required,
            "frames": component.frames,
            "bytes": component.bytes,
        }
        message = "component %s of stream %s is %s"
        stream_id, status = snapshot.stream_id, component.status
        logger.log(level, message, component.name, stream_id, status, extra=extra)


def _log_retried(*, snapshot: Snapshot, component: Component, **_: Any) -> None:
    stream_id, name, attempt = snapshot.stream_id, component.name, component.attempt
    logger.warning(
        "component %s of stream %s may begin attempt %d of %d",
        name, stream_id, attempt, component.attempts,
        extra={**_about(snapshot), "component": name, "attempt": attempt},
    )  # fmt: skip


def _log_move(*, snapshot: Snapshot, step: Step, **_: Any) -> None:
    if logger.isEnabledFor(logging.DEBUG):
        extra = {
            **_about(snapshot),
            "trigger": step.trigger,
            "source": str(step.source),
            "dest": str(step.dest),
        }
        logger.debug("stream %s is %s", snapshot.stream_id, step.dest, extra=extra)


def _log_ended(*, snapshot: Snapshot, **_: Any) -> None:
    if logger.isEnabledFor(logging.INFO):
        reason = snapshot.verdict and str(snapshot.verdict)
        extra = {
            **_about(snapshot),
            "state": str(snapshot.state),
            "reason": reason,
            "owner": snapshot.owner,
            "frames": snapshot.traffic.frames,
            "bytes": snapshot.traffic.bytes,
            "seconds": (snapshot.ended_at or 0.0) - snapshot.opened_at,
        }
        how = f"{snapshot.state} ({reason})" if reason else snapshot.state
        logger.info("stream %s ended %s", snapshot.stream_id, how, extra=extra)


def _about(snapshot: Snapshot) -> dict[str, str]:
    """Return the fields that name a stream, and the trace that it is in."""
    names = {"stream_id": snapshot.stream_id}
    return {**names, "trace_id": snapshot.trace_id} if snapshot.trace_id else names
