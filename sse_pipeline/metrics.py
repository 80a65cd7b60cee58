"""Metrics for Prometheus, from the signals. They need `SSE_PIPELINE["METRICS"]` and an extra.

They are in the default registry of `prometheus_client`: a site shows them with `exposition`, or
together with its own. Each process counts for itself, and the figures of all can be added up.
"""

from collections.abc import Callable, Iterable
from typing import Any

from django.dispatch import Signal
from django.http import HttpRequest, HttpResponse
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from . import journal, signals
from .archive.archivist import archivist
from .http.shutdown import process_end
from .lifecycle.decision import Step
from .lifecycle.registry import Component
from .lifecycle.snapshot import Snapshot, State
from .stores.log import Log

#: Seconds between two frames of a stream whose delivery is timed. To time each frame would cost
#: each `send` some time, and tell no more.
SAMPLING = 0.25

_SECONDS = (
    0.001,
    0.0025,
    0.005,
    0.01,
    0.025,
    0.05,
    0.1,
    0.25,
    0.5,
    1.0,
    2.5,
    5.0,
    10.0,
    30.0,
    60.0,
)

OPEN = Gauge("sse_streams_open", "Streams that are open", ["state"])
ENDED = Counter("sse_streams_ended", "Streams that ended", ["state", "reason"])
COMPONENTS = Counter("sse_components_settled", "Components that settled", ["status"])
RETRIES = Counter("sse_component_retries", "Attempts of components that were followed by another")
FRAMES = Counter("sse_frames", "Frames that producers sent, of streams that ended")
BYTES = Counter("sse_bytes", "Bytes of these frames")
FIRST_FRAME = Histogram(
    "sse_time_to_first_frame_seconds", "From the opening to the first frame", buckets=_SECONDS
)
DELIVERY = Histogram(
    "sse_delivery_seconds", "From send() to the server, of some frames", buckets=_SECONDS
)
DRAIN = Histogram("sse_drain_seconds", "How long streams drained", buckets=_SECONDS)
LIMITS = Counter("sse_limits_reached", "What the bounds refused or cut, by setting", ["limit"])
LOST_WAKEUPS = Counter("sse_lost_wakeups", "Frames that a reader found only by its heartbeat")


class _CurrentFigures(Collector):
    """The figures that are read only when the metrics are shown."""

    def collect(self) -> Iterable[Metric]:
        yield GaugeMetricFamily("sse_readers", "Readers that are served", len(process_end))
        yield GaugeMetricFamily(
            "sse_journal_lag_seconds", "Age of the oldest unwritten record", journal.lag()
        )
        yield CounterMetricFamily(
            "sse_journal_dropped", "Records that the journal lost", journal.dropped()
        )
        yield CounterMetricFamily(
            "sse_archive_lost", "Ended streams that the archive lost", archivist.lost
        )


def exposition(request: HttpRequest) -> HttpResponse:
    """Return the metrics of this process, for a URL that is not public."""
    return HttpResponse(generate_latest(REGISTRY), content_type=CONTENT_TYPE_LATEST)


def connect() -> None:
    """Listen to the streams."""
    Log.sample_deliveries(SAMPLING)
    for signal, receiver in _RECEIVERS:
        signal.connect(receiver)
    REGISTRY.register(_current)


def disconnect() -> None:
    """Stop listening."""
    Log.sample_deliveries(None)
    for signal, receiver in _RECEIVERS:
        signal.disconnect(receiver)
    REGISTRY.unregister(_current)


_current = _CurrentFigures()


def _count_opened(**_: Any) -> None:
    OPEN.labels(State.STREAMING).inc()


def _count_move(*, step: Step, **_: Any) -> None:
    OPEN.labels(step.source).dec()
    if step.dest is State.DRAINING:
        OPEN.labels(step.dest).inc()


def _count_settled(*, component: Component, **_: Any) -> None:
    COMPONENTS.labels(component.status).inc()


def _count_retried(**_: Any) -> None:
    RETRIES.inc()


def _count_ended(*, snapshot: Snapshot, **_: Any) -> None:
    traffic = snapshot.traffic
    ENDED.labels(snapshot.state, snapshot.verdict or "").inc()
    FRAMES.inc(traffic.frames)
    BYTES.inc(traffic.bytes)
    if traffic.first_at is not None:
        FIRST_FRAME.observe(max(0.0, traffic.first_at - snapshot.opened_at))
    if snapshot.draining_at is not None:
        DRAIN.observe(max(0.0, (snapshot.ended_at or 0.0) - snapshot.draining_at))


def _time_delivery(*, delay: float, **_: Any) -> None:
    DELIVERY.observe(delay)


def _count_lost_wakeup(**_: Any) -> None:
    LOST_WAKEUPS.inc()


def _count_limit(*, limit: str, **_: Any) -> None:
    LIMITS.labels(limit).inc()


_RECEIVERS: tuple[tuple[Signal, Callable[..., None]], ...] = (
    (signals.stream_opened, _count_opened),
    (signals.state_changed, _count_move),
    (signals.component_settled, _count_settled),
    (signals.component_retried, _count_retried),
    (signals.stream_ended, _count_ended),
    (signals.frame_delivered, _time_delivery),
    (signals.wakeup_lost, _count_lost_wakeup),
    (signals.limit_reached, _count_limit),
)
