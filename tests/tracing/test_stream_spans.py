"""The spans of streams and components, in one process, with the SDK of OpenTelemetry."""

import asyncio
import contextvars
import logging
from typing import Any

import orjson
import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF
from opentelemetry.trace import StatusCode
from pytest_django import Settings

from harness.journaling import kept
from harness.traces import Traced, events_of
from harness.waiting import until
from sse_pipeline import Component, SSEHandler, signals, stores
from sse_pipeline.inspection.report import make_report
from sse_pipeline.inspection.watch import render_report
from sse_pipeline.lifecycle import causes
from sse_pipeline.lifecycle.registry import Status
from sse_pipeline.stores.remote.stream_record import dump_snapshot, parse_snapshot
from sse_pipeline.streams.drafts import make_draft
from sse_pipeline.streams.operations import StreamOperations
from sse_pipeline.streams.plans import run
from sse_pipeline.streams.watchdog import enforce
from sse_pipeline.tracing import stream_spans, trace_hooks
from sse_pipeline.tracing.stream_spans import StreamSpans

FINALIZED: list[Any] = []


def save(finalization: Any, fails: bool = False) -> None:
    """Keep the id of the span that is current in a finalizer."""
    if fails and finalization.attempt == 1:
        raise ConnectionError("the database is away")
    FINALIZED.append(trace.get_current_span().get_span_context().span_id)


def test_a_stream_and_its_components_are_spans_of_one_trace(traced: Traced) -> None:
    handler = SSEHandler()
    with handler.component("text") as text:
        text.send("text", chunk="Hello")
    spans = traced.spans()
    stream, component = spans["sse.stream"], spans["sse.component text"]
    assert component.parent.span_id == stream.context.span_id
    assert component.context.trace_id == stream.context.trace_id
    assert handler.snapshot().trace_id == f"{stream.context.trace_id:032x}"
    assert stream.parent is None
    assert events_of(stream) == ["first_frame", "draining"]
    assert stream.attributes["sse.stream.id"] == handler.stream_id
    assert stream.attributes["sse.stream.state"] == "complete"
    assert component.attributes["sse.component.status"] == "complete"
    assert component.attributes["sse.component.frames"] == 1
    assert {stream.status.status_code, component.status.status_code} == {StatusCode.UNSET}
    moments = [stream.start_time, *(event.timestamp for event in stream.events), stream.end_time]
    assert moments == sorted(moments)


@pytest.mark.parametrize("nested", [False, True])
def test_a_stream_is_linked_to_its_request_or_nested_in_it(traced: Traced, nested: bool) -> None:
    stream_spans.connect(traced.provider, nested=nested)
    tracer = traced.provider.get_tracer("site")
    with tracer.start_as_current_span("request") as request:
        handler = SSEHandler(components=["text"])
        handler.open()
    with tracer.start_as_current_span("task") as task, handler.component("text"):
        tracer.start_span("model").end()
    spans = traced.spans()
    stream, component = spans["sse.stream"], spans["sse.component text"]
    asked = request.get_span_context()
    assert (stream.context.trace_id == asked.trace_id) is nested
    assert [link.context for link in stream.links] == ([] if nested else [asked])
    assert (stream.parent == asked) is nested
    # The component is a part of the stream, and the task that it runs in is named by a link.
    assert component.parent.span_id == stream.context.span_id
    assert [link.context for link in component.links] == [task.get_span_context()]
    # It is the current span while the component works.
    assert spans["model"].parent.span_id == component.context.span_id


def test_an_error_is_the_status_of_the_component_and_of_the_stream(traced: Traced) -> None:
    handler = SSEHandler()
    with pytest.raises(ValueError, match="no"), handler.component("text"):
        raise ValueError("no")
    spans = traced.spans()
    stream, component = spans["sse.stream"], spans["sse.component text"]
    assert {component.status.status_code, stream.status.status_code} == {StatusCode.ERROR}
    assert (stream.status.description, component.attributes["error.type"]) == (
        "component_failed",
        "ValueError",
    )
    assert events_of(component) == ["exception"]
    assert "no" not in str(stream.attributes)


def test_a_component_without_a_context_gets_its_span_when_it_settles(traced: Traced) -> None:
    handler = SSEHandler(components=["text", "speech"])
    handler.send("text", component="text", chunk="Hello")
    handler.mark_component_complete("text")
    handler.cancel()
    handler.fail_component("speech", "silence")
    spans = traced.spans()
    text, speech = spans["sse.component text"], spans["sse.component speech"]
    stream = spans["sse.stream"]
    assert stream.start_time <= text.start_time + 2_000_000 <= text.end_time + 2_000_000
    assert text.end_time <= speech.end_time <= stream.end_time
    assert speech.attributes["error.type"] == "failed"
    assert stream.attributes["error.type"] == "cancelled"
    assert stream.attributes["sse.stream.components"] == 2


def test_each_attempt_is_a_span(traced: Traced) -> None:
    handler = SSEHandler()
    for attempt in (1, 2):
        try:
            with handler.component("text", attempts=2, retry_on=(ConnectionError,)) as text:
                text.send("text", chunk=f"{attempt}")
                if attempt == 1:
                    raise ConnectionError("gone")
        except ConnectionError:
            pass
    first, second = [span for span in traced.all() if span.name == "sse.component text"]
    numbers = [span.attributes["sse.component.attempt"] for span in (first, second)]
    assert numbers == [1, 2]
    assert first.status.status_code is StatusCode.ERROR
    assert second.attributes["sse.component.status"] == "complete"
    assert events_of(traced.spans()["sse.stream"]) == ["first_frame", "attempt", "draining"]


@pytest.mark.parametrize("fails", [False, True])
def test_a_run_of_a_finalizer_is_a_span(traced: Traced, settings: Settings, fails: bool) -> None:
    settings.SSE_PIPELINE = {"FINALIZER_PAUSE": 0.01}
    handler = SSEHandler(components=["text"])
    handler.finalize("save", save, arguments={"fails": fails})
    handler.mark_component_complete("text")
    assert handler.is_complete.wait(30)
    # The thread ends the stream, and then its span.
    until(lambda: len([each for each in traced.all() if "save" in each.name]) == 1 + fails)
    runs = [each for each in traced.all() if each.name == "sse.component save"]
    assert [each.attributes["sse.component.attempt"] for each in runs] == [*range(1, 2 + fails)]
    assert [each.status.is_ok for each in runs] == [False, True][not fails :]
    saved = runs[-1]
    assert [saved.context.span_id] == FINALIZED
    assert saved.attributes["sse.component.status"] == "complete"
    FINALIZED.clear()


async def test_a_span_is_left_with_its_context(traced: Traced, caplog: Any) -> None:
    """A generator may be closed in another context than the one in which it began."""
    handler = SSEHandler()

    async def chunks() -> Any:
        async with handler.component("text"):
            yield trace.get_current_span()
            yield None

    generator = chunks()
    inner = await anext(generator)
    assert trace.get_current_span() is inner
    await asyncio.create_task(generator.aclose())
    assert traced.spans()["sse.component text"].context == inner.get_span_context()
    assert [each for each in caplog.records if each.levelno >= logging.ERROR] == []


def test_a_trace_that_is_not_recorded_has_no_id(traced: Traced) -> None:
    stream_spans.connect(TracerProvider(sampler=ALWAYS_OFF))
    handler = SSEHandler()
    with handler.component("text"):
        pass
    snapshot = handler.snapshot()
    # Its workers hear of it, and record nothing, either.
    assert snapshot.trace["traceparent"].endswith(("-00", "-02"))
    assert snapshot.trace_id == ""


def test_without_a_tracer_nothing_is_kept(traced: Traced) -> None:
    stream_spans.connect(trace.NoOpTracerProvider())
    handler = SSEHandler()
    with handler.component("text"):
        pass
    assert handler.snapshot().trace == {}
    stream_spans.disconnect()
    assert type(trace_hooks.current) is trace_hooks.TraceHooks


def test_the_log_names_the_trace(traced: Traced, caplog: Any) -> None:
    caplog.set_level(logging.INFO, "sse_pipeline")
    handler = SSEHandler()
    with handler.component("text"):
        pass
    (record,) = [each for each in caplog.records if "ended" in each.message]
    assert record.trace_id == handler.snapshot().trace_id


def test_a_process_that_ends_leaves_the_streams_that_go_on(traced: Traced) -> None:
    handler = SSEHandler(components=["text"])
    handler.open()
    signals.process_ending.send(None)
    assert events_of(traced.spans()["sse.stream"]) == ["process_ending"]
    handler.mark_component_complete("text")
    assert [span.name for span in traced.all()] == ["sse.stream", "sse.component text"]


# Several processes


def test_a_worker_adds_to_the_trace_and_whoever_opened_the_stream_ends_it(traced: Traced) -> None:
    handler = SSEHandler(components=["text", "sources"])
    handler.open()
    web, worker = trace_hooks.current, StreamSpans(traced.provider.get_tracer("worker"))
    as_in_another_process(worker)
    with handler.component("text"):
        pass
    handler.mark_component_complete("sources")
    stream_spans.disconnect()
    assert [span.name for span in traced.all()] == [
        "sse.component text", "sse.component sources", "sse.end"
    ]  # fmt: skip
    trace_hooks.use(web)
    for _ in range(2):  # the watchdog of the first process hears of the end
        run(enforce(stores.current(), handler.stream_id), "")
    stream = traced.all()[-1]
    assert {span.parent.span_id for span in traced.all()[:-1]} == {stream.context.span_id}
    assert {span.context.trace_id for span in traced.all()} == {stream.context.trace_id}
    assert stream.attributes["sse.stream.state"] == "complete"
    assert traced.spans()["sse.end"].start_time == pytest.approx(stream.end_time, abs=2e7)


def test_an_attempt_of_a_lost_process_has_a_span(traced: Traced) -> None:
    handler = SSEHandler(components=[Component("text", attempts=2)])
    contextvars.copy_context().run(handler.component("text").__enter__)  # its process is killed
    as_in_another_process(StreamSpans(traced.provider.get_tracer("worker")))
    lost = causes.fail("text", Status.LOST, retryable=True)
    run(StreamOperations(handler.stream_id).change(lost), "")
    with handler.component("text"):
        pass
    first, second = [span for span in traced.all() if span.name == "sse.component text"]
    assert (first.name, first.attributes["sse.component.attempt"]) == ("sse.component text", 1)
    assert first.status.status_code is StatusCode.ERROR
    assert second.attributes["sse.component.attempt"] == 2


def test_of_two_processes_that_open_the_stream_of_a_key_one_has_its_span(traced: Traced) -> None:
    draft = make_draft(None, ["text"], None)
    mine = trace_hooks.current.open(draft)
    other = StreamSpans(traced.provider.get_tracer("other")).open(draft)
    assert mine.trace["traceparent"] != other.trace["traceparent"]
    trace_hooks.current.leave(draft.stream_id, other)  # the other one was first
    assert traced.all() == []
    assert trace_hooks.current.open(draft).trace != mine.trace


def test_the_record_of_a_shared_store_has_the_trace(traced: Traced) -> None:
    draft = trace_hooks.current.open(make_draft(None, ["text"], None))
    assert parse_snapshot(dump_snapshot(draft), version=0).trace == draft.trace
    old = orjson.loads(dump_snapshot(draft))  # of an older release
    del old["trace"], old["draining_at"]
    assert parse_snapshot(orjson.dumps(old), version=0).trace_id == ""


def as_in_another_process(spans: StreamSpans) -> None:
    """Let other hooks hear what happens from now on."""
    stream_spans.disconnect()
    stream_spans.use(spans)


# Where people see it


def test_the_journal_and_the_page_of_a_stream_have_the_trace(
    traced: Traced, journaled: str
) -> None:
    handler = SSEHandler()
    with handler.component("text"):
        pass
    trace_id = handler.snapshot().trace_id
    assert kept(handler).trace_id == trace_id
    report = make_report(handler.stream_id, content=False)
    stores.reset()
    journaled_report = make_report(handler.stream_id, content=False)
    assert report
    assert journaled_report
    assert (report.trace_id, journaled_report.trace_id) == (trace_id, trace_id)
    assert trace_id in render_report(report)
