"""What goes wrong with spans, and harms no stream and no other span."""

from collections.abc import Iterator
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.sampling import Sampler, SamplingResult

from sse_pipeline import SSEHandler
from sse_pipeline.tracing import stream_spans


class FailingSampler(Sampler):
    def should_sample(self, *_: Any, **__: Any) -> SamplingResult:
        raise ConnectionError("no sampler")

    def get_description(self) -> str:
        return "fails"


class FailingProcessor(SpanProcessor):
    def __init__(self, moment: str) -> None:
        setattr(self, moment, self._fail)

    def _fail(self, *_: Any, **__: Any) -> None:
        raise ConnectionError("no processor")


@pytest.mark.usefixtures("traced")
@pytest.mark.parametrize("fault", ["sampler", "on_start", "on_end"])
def test_what_a_site_traces_with_harms_no_stream(
    fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    if fault == "sampler":
        provider = TracerProvider(sampler=FailingSampler())
    else:
        provider = TracerProvider()
        provider.add_span_processor(FailingProcessor(fault))
    stream_spans.connect(provider)
    handler = SSEHandler()
    with handler.component("text") as text:
        text.send("text", chunk="Hello")
    assert handler.snapshot().state == "complete"
    assert "a span could not be made or ended" in caplog.text


@pytest.mark.usefixtures("traced")
def test_work_that_overlaps_other_work_leaves_no_span_behind() -> None:
    handler, before = SSEHandler(), trace.get_current_span()
    first, second = (work(handler, name) for name in "ab")
    assert [next(first), next(second)] == ["a", "b"]
    inner = trace.get_current_span()
    assert list(first) == []
    assert trace.get_current_span() is inner
    assert list(second) == []
    assert trace.get_current_span() is before


def work(handler: SSEHandler, name: str) -> Iterator[str]:
    with handler.component(name):
        yield name
