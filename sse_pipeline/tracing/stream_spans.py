"""The spans of streams and components, by OpenTelemetry. They need `TRACES` and the extra `otel`.

Nothing is done for a frame. The time of the first one is in the snapshot, as are all other times:
so the span of a stream is complete, whichever processes the stream went through.
"""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, NamedTuple

from django.dispatch import Signal
from opentelemetry import context, trace
from opentelemetry.context import Context
from opentelemetry.trace import Link, Span, Status, StatusCode, Tracer, TracerProvider
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from .. import signals, stores
from ..escaping import make_logger
from ..exceptions import StreamEnded
from ..lifecycle import registry
from ..lifecycle.registry import Component, source_of
from ..lifecycle.snapshot import Snapshot
from . import trace_hooks
from .span_values import SpanValues, attributes_of_work, values_of_component, values_of_stream
from .trace_hooks import NO_WORK, TracedWork, TraceHooks

#: The field of `Snapshot.trace` that names the process that holds the span.
_HOLDER = "holder"
#: The value of a context that is the work of which the span is current in it.
_WORK = context.create_key("sse-work")
logger = make_logger(__name__)
_propagator = TraceContextTextMapPropagator()


class _StoreClock:
    """The store's clock in nanoseconds since 1970, and not before the beginning of a stream.

    It is compared once for a stream: two comparisons differ, and would mix up the order.
    """

    def __init__(self, since: int = 0) -> None:
        self._since = since
        self._ahead = time.time_ns() - int(stores.current().now() * 1e9)

    def nanoseconds(self, at: float) -> int:
        return max(self._since, self._ahead + int(at * 1e9))


class _OpenSpan(NamedTuple):
    """The span of a stream that this process has opened."""

    span: Span
    clock: _StoreClock


class SpanOfWork(TracedWork):
    """The span of the work on a component. It is the current one until the context is left."""

    def __init__(self, spans: StreamSpans, key: tuple[str, str], span: Span) -> None:
        self._spans, self._key = spans, key
        self.span = span
        self.ended = False
        #: The context in which the work began.
        self.before = _without_ended(context.get_current())
        context.attach(context.set_value(_WORK, self, trace.set_span_in_context(span)))

    def end(self, error: BaseException | None) -> None:
        self.ended = True
        # No token: a generator may be closed in another context than the one that it began in.
        context.attach(_without_ended(context.get_current()))
        with _harmless():
            self._end(error)

    def _end(self, error: BaseException | None) -> None:
        if self._spans.works.get(self._key) is self:
            del self._spans.works[self._key]
        if isinstance(error, Exception) and not isinstance(error, StreamEnded):
            self.span.record_exception(error)
            self.span.set_attribute("error.type", type(error).__qualname__)
            self.span.set_status(Status(StatusCode.ERROR, registry.Status.FAILED))
        self.span.end()


class StreamSpans(TraceHooks):
    """Makes the spans of this process. With `nested` they are in the trace of the request."""

    def __init__(self, tracer: Tracer, *, nested: bool = False) -> None:
        self._tracer = tracer
        self._nested = nested
        self.start_clean()

    def start_clean(self) -> None:
        """Forget all spans. A forked child calls this: they are the parent's."""
        self._holder = uuid.uuid4().hex
        # Changed by single operations on the dicts, which are atomic: no lock is needed.
        self._streams: dict[str, _OpenSpan] = {}
        #: The work that goes on here, by stream and by the name of the attempt.
        self.works: dict[tuple[str, str], SpanOfWork] = {}

    def open(self, draft: Snapshot) -> Snapshot:
        with _harmless():
            return self._open(draft)
        return draft

    def _open(self, draft: Snapshot) -> Snapshot:
        opened = self._streams.get(draft.stream_id) or self._start(draft)
        if opened is None:
            return draft
        carrier: dict[str, str] = {_HOLDER: self._holder}
        _propagator.inject(carrier, trace.set_span_in_context(opened.span))
        return replace(draft, trace=carrier)

    def begin(
        self, stream_id: str, carrier: Mapping[str, str], name: str, attempt: int | None
    ) -> TracedWork:
        if not carrier:
            return NO_WORK
        key = (stream_id, source_of(name, attempt or 1))
        with _harmless():
            span = self._child(carrier, f"sse.component {name}")
            span.set_attributes(attributes_of_work(stream_id, name, attempt or 1))
            work = self.works[key] = SpanOfWork(self, key, span)
            return work
        return NO_WORK

    def leave(self, stream_id: str, snapshot: Snapshot | None) -> None:
        opened = self._streams.pop(stream_id, None)
        # Another process may have opened the stream of a key first: its span is the one.
        if opened is not None and snapshot is not None and self._holds(snapshot):
            with _harmless():
                _describe(opened.span, values_of_stream(snapshot), opened.clock)
                opened.span.end(opened.clock.nanoseconds(snapshot.ended_at or 0.0))

    def tell_settled(self, *, snapshot: Snapshot, component: Component, **_: Any) -> None:
        """Complete the span of a component, or make one, when it has settled."""
        self._tell(snapshot, component, component.settled_at)

    def tell_retried(self, *, snapshot: Snapshot, previous: Component, **_: Any) -> None:
        """Complete the span of an attempt that failed, or make one."""
        failed = replace(previous, status=registry.Status.FAILED)
        free_at = snapshot.registry.components[previous.name].free_at  # None for a finalizer
        self._tell(snapshot, failed, free_at or stores.current().now())

    def tell_ended(self, *, snapshot: Snapshot, **_: Any) -> None:
        """Complete the span of a stream; if another process holds it, make one of the end."""
        if snapshot.trace and not self._holds(snapshot):
            clock = _StoreClock()
            at = clock.nanoseconds(snapshot.ended_at or 0.0)
            span = self._child(snapshot.trace, "sse.end", at)
            _describe(span, values_of_stream(snapshot), clock)
            span.end(max(at, time.time_ns()))
        self.leave(snapshot.stream_id, snapshot)

    def tell_process_ending(self, **_: Any) -> None:
        """End the spans of the streams that go on in other processes."""
        while self._streams:
            opened = self._streams.popitem()[1]
            opened.span.add_event("process_ending")
            opened.span.end()

    def _holds(self, snapshot: Snapshot) -> bool:
        return snapshot.trace.get(_HOLDER) == self._holder

    def _start(self, draft: Snapshot) -> _OpenSpan | None:
        here, now = trace.get_current_span().get_span_context(), time.time_ns()
        span = self._tracer.start_span(
            "sse.stream",
            context.get_current() if self._nested else Context(),
            attributes={"sse.stream.id": draft.stream_id},
            links=[Link(here)] if here.is_valid and not self._nested else [],
            start_time=now,
        )
        if not span.get_span_context().is_valid:  # there is no tracer
            return None
        # Two threads may open the stream of one handler, or of one key.
        return self._streams.setdefault(draft.stream_id, _OpenSpan(span, _StoreClock(now)))

    def _child(self, carrier: Mapping[str, str], name: str, began: int | None = None) -> Span:
        parent = _propagator.extract(carrier, Context())
        here = trace.get_current_span().get_span_context()
        links = [Link(here)] if here.is_valid and began is None else []
        return self._tracer.start_span(name, parent, links=links, start_time=began)

    def _tell(self, snapshot: Snapshot, component: Component, ended_at: float | None) -> None:
        if not snapshot.trace:
            return
        values = values_of_component(snapshot, component)
        opened = self._streams.get(snapshot.stream_id)
        clock = opened.clock if opened is not None else _StoreClock()
        work = self.works.get((snapshot.stream_id, component.source))
        if work is not None:
            _describe(work.span, values, clock)
            return
        began_at = component.began_at or component.free_at or component.registered_at
        began = clock.nanoseconds(began_at)
        span = self._child(snapshot.trace, f"sse.component {component.name}", began)
        _describe(span, values, clock)
        span.end(max(began, clock.nanoseconds(ended_at or began_at)))


def connect(
    provider: TracerProvider | None = None, *, nested: bool = False, version: str | None = None
) -> None:
    """Make spans of all streams from now on, by a provider or by the one of the process."""
    use(StreamSpans(trace.get_tracer("sse_pipeline", version, provider), nested=nested))


def use(spans: StreamSpans) -> None:
    """Make these spans of all streams from now on, and no others."""
    disconnect()
    trace_hooks.use(spans)
    for signal, receiver in _receivers(spans):
        signal.connect(receiver)


def disconnect() -> None:
    """Make no more spans."""
    spans = trace_hooks.current
    if isinstance(spans, StreamSpans):
        for signal, receiver in _receivers(spans):
            signal.disconnect(receiver)
        trace_hooks.use(None)


def _receivers(spans: StreamSpans) -> tuple[tuple[Signal, Callable[..., None]], ...]:
    return (
        (signals.component_settled, spans.tell_settled),
        (signals.component_retried, spans.tell_retried),
        (signals.stream_ended, spans.tell_ended),
        (signals.process_ending, spans.tell_process_ending),
    )


def _start_clean() -> None:
    if isinstance(trace_hooks.current, StreamSpans):
        trace_hooks.current.start_clean()


os.register_at_fork(after_in_child=_start_clean)


@contextmanager
def _harmless() -> Iterator[None]:
    """Log what a sampler or a processor of the site raises: no stream suffers from it."""
    try:
        yield
    except Exception:
        logger.exception("a span could not be made or ended")


def _without_ended(here: Context) -> Context:
    """Return a context, or the one before it if its current span is that of work that has ended.

    Work that overlaps other work, as that of two generators, may end before it.
    """
    while isinstance(work := context.get_value(_WORK, here), SpanOfWork) and work.ended:
        if trace.get_current_span(here) is not work.span:
            break
        here = work.before
    return here


def _describe(span: Span, values: SpanValues, clock: _StoreClock) -> None:
    span.set_attributes(values.attributes)
    for event in values.events:
        span.add_event(event.name, event.attributes, clock.nanoseconds(event.at))
    if values.error:
        span.set_attribute("error.type", values.error)
        span.set_status(Status(StatusCode.ERROR, values.error))
