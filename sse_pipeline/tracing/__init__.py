"""Traces: the spans of streams and of their components, for OpenTelemetry.

`trace_hooks` is what the streams call: it does nothing until `stream_spans` is connected, which is
the only module that needs the extra `otel`.

A span belongs to the process that began it. So the process that opens a stream holds the span of
it, and ends it when it hears of the end, wherever that was. The record of the stream names the span
(`Snapshot.trace`): in any process the span of a component is a child of it. What a component did in
a `with handler.component(…)` is a span that lasts as long as the context, and is the current one in
it. A component that settles without one gets its span by whoever settles it, with the times of the
record: a process that was lost leaves a span so, too.
"""
