from collections.abc import Iterator

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from harness.traces import Traced
from sse_pipeline.tracing import stream_spans


@pytest.fixture
def traced() -> Iterator[Traced]:
    """Make spans of all streams, each linked to the request that opens it."""
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    stream_spans.connect(provider)
    yield Traced(exporter, provider)
    stream_spans.disconnect()
    provider.shutdown()
