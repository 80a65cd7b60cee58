"""Metrics for Prometheus, told by the signals; `SSE_PIPELINE["METRICS"]` and the extra `metrics`.

They are in the default registry of `prometheus_client`: a site shows them by `exposition`, or with
its others. What processes tell can be added up.
"""

import time
from collections.abc import Iterable
from typing import Any

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
from .http.shutdown import process_end
from .lifecycle.decision import Step
from .lifecycle.registry import Component
from .lifecycle.snapshot import Snapshot, State
from .stores.log import Log

#: Seconds between two frames of a stream whose delivery is timed.
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
FRAMES = Counter("sse_frames", "Frames that producers sent, of streams that ended")
BYTES = Counter("sse_bytes", "Bytes of these frames")
FIRST_FRAME = Histogram(
    "sse_time_to_first_frame_seconds", "From the opening to the first frame", buckets=_SECONDS
)
DELIVERY = Histogram(
    "sse_delivery_seconds", "From send() to the server, of some frames", buckets=_SECONDS
)
DRAIN = Histogram("sse_drain_seconds", "How long streams drained", buckets=_SECONDS)
LOST_WAKEUPS = Counter("sse_lost_wakeups", "Frames that a reader found only by its heartbeat")

_draining: dict[str, float] = {}


class _Present(Collector):
    """What is asked for when it is shown."""

    def collect(self) -> Iterable[Metric]:
        yield GaugeMetricFamily("sse_readers", "Readers that are served", len(process_end))
        yield GaugeMetricFamily(
            "sse_journal_lag_seconds", "Age of the oldest unwritten record", journal.lag()
        )
        yield CounterMetricFamily(
            "sse_journal_dropped", "Records that the journal lost", journal.dropped()
        )


def exposition(request: HttpRequest) -> HttpResponse:
    """Return what this process tells, for a URL that the site keeps to itself."""
    return HttpResponse(generate_latest(REGISTRY), content_type=CONTENT_TYPE_LATEST)


def connect() -> None:
    """Listen to the flow."""
    Log.sample_deliveries(SAMPLING)
    signals.stream_opened.connect(_opened)
    signals.state_changed.connect(_moved)
    signals.component_settled.connect(_settled)
    signals.stream_ended.connect(_ended)
    signals.frame_delivered.connect(_delivered)
    signals.wakeup_lost.connect(_woken_late)
    REGISTRY.register(_present)


def disconnect() -> None:
    """Listen no more."""
    Log.sample_deliveries(None)
    signals.stream_opened.disconnect(_opened)
    signals.state_changed.disconnect(_moved)
    signals.component_settled.disconnect(_settled)
    signals.stream_ended.disconnect(_ended)
    signals.frame_delivered.disconnect(_delivered)
    signals.wakeup_lost.disconnect(_woken_late)
    REGISTRY.unregister(_present)
    _draining.clear()


_present = _Present()


def _opened(**_: Any) -> None:
    OPEN.labels(State.STREAMING).inc()


def _moved(*, snapshot: Snapshot, step: Step, **_: Any) -> None:
    OPEN.labels(step.source).dec()
    if step.dest is State.DRAINING:
        OPEN.labels(step.dest).inc()
        _draining[snapshot.stream_id] = time.monotonic()


def _settled(*, component: Component, **_: Any) -> None:
    COMPONENTS.labels(component.status).inc()


def _ended(*, snapshot: Snapshot, **_: Any) -> None:
    traffic = snapshot.traffic
    ENDED.labels(snapshot.state, snapshot.verdict or "").inc()
    FRAMES.inc(traffic.frames)
    BYTES.inc(traffic.bytes)
    if traffic.first_at is not None:
        FIRST_FRAME.observe(max(0.0, traffic.first_at - snapshot.opened_at))
    since = _draining.pop(snapshot.stream_id, None)
    if since is not None:
        DRAIN.observe(time.monotonic() - since)


def _delivered(*, delay: float, **_: Any) -> None:
    DELIVERY.observe(delay)


def _woken_late(**_: Any) -> None:
    LOST_WAKEUPS.inc()
