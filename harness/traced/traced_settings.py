"""The settings of a process whose streams are traced: it exports its spans to a receiver."""

import os
from typing import Any

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor

from harness.producer_settings import *  # noqa: F403
from harness.producer_settings import SSE_PIPELINE as PRODUCERS

ROOT_URLCONF = "harness.traced.traced_site"
SSE_PIPELINE: Any = {  # type: ignore[no-redef]
    **PRODUCERS,
    "TRACES": os.environ.get("TRACES", "linked"),
    "CLAIM_TIMEOUT": 30,
    "JOURNAL": False,
}

if "OTEL_EXPORTER_OTLP_ENDPOINT" in os.environ:
    _provider = TracerProvider()
    _provider.add_span_processor(SimpleSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(_provider)
