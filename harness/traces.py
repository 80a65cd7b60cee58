"""The spans that a test or a proof has recorded."""

from typing import Any, NamedTuple

from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter


class Traced(NamedTuple):
    """A provider that keeps in memory what it exports."""

    exporter: InMemorySpanExporter
    provider: TracerProvider

    def spans(self) -> dict[str, Any]:
        """Return the spans that have ended, by name; of two with one name the last."""
        return {span.name: span for span in self.all()}

    def all(self) -> list[Any]:
        """Return the spans that have ended, in the order of their ends."""
        return list(self.exporter.get_finished_spans())


def events_of(span: Any) -> list[str]:
    """Return the names of the events of a span."""
    return [event.name for event in span.events]
