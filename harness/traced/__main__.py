"""Print the spans of one answer: `python -m harness.traced [--file FILE] [--traces nested]`."""

import argparse
import contextlib
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import httpx

from harness.event_source import EventSource
from harness.redis_server import redis_server
from harness.servers import serve
from harness.task_worker import run_worker
from harness.traced.otlp_receiver import read_spans, receiving
from harness.waiting import until

SITE = "harness.traced.traced_site:application"
Spans = list[dict[str, Any]]


def answer(path: Path, traces: str) -> Spans:
    """Run one answer over two web processes and a worker; return its spans."""
    with contextlib.ExitStack() as stack:
        redis = stack.enter_context(redis_server())
        common = {
            "DJANGO_SETTINGS_MODULE": "harness.traced.traced_settings",
            "SSE_PIPELINE_STORE": redis.url,
            "CELERY_BROKER": redis.url.removesuffix("0") + "1",
            "OTEL_EXPORTER_OTLP_ENDPOINT": stack.enter_context(receiving(path)),
            "TRACES": traces,
        }
        worker = ("celery", "-A", "harness.traced.traced_tasks", "worker", "--pool", "solo")
        quiet = ("--loglevel", "warning", "--without-mingle", "--without-gossip")
        environment = {**os.environ, **common, "OTEL_SERVICE_NAME": "worker"}
        stack.enter_context(run_worker(environment, "-m", *worker, *quiet))
        first, second = [
            stack.enter_context(serve("uvicorn", SITE, {**common, "OTEL_SERVICE_NAME": name}))
            for name in ("web-1", "web-2")
        ]
        stream = httpx.get(f"{first.url}/ask/", timeout=30).json()["stream"]
        reader = EventSource([second.url], stream, stop_at_end=True)
        httpx.get(f"{second.url}/find/{stream}/", timeout=30).raise_for_status()
        until(lambda: reader.events and reader.events[-1].event == "complete", 60)
        return until(lambda: _whole(path))


def _whole(path: Path) -> Spans:
    spans = read_spans(path)
    names = {span["name"] for span in spans}
    return spans if {"sse.stream", "sse.component save"} <= names else []


def tree(spans: Spans) -> list[str]:
    """Draw the spans, each below its parent."""
    ids = {span["spanId"] for span in spans}
    roots = [span for span in spans if span.get("parentSpanId", "") not in ids]
    began = min(int(span["startTimeUnixNano"]) for span in spans)
    return [line for root in sorted(roots, key=_start) for line in _branch(root, spans, 0, began)]


def _branch(span: dict[str, Any], spans: Spans, depth: int, began: int) -> list[str]:
    start, end = (
        (int(span[key]) - began) / 1e6 for key in ("startTimeUnixNano", "endTimeUnixNano")
    )
    about = [span["service"], f"{start:.0f} to {end:.0f} ms", f"trace {span['traceId'][:8]}"]
    if status := span.get("status", {}).get("message") or span.get("status", {}).get("code"):
        about.append(f"error: {status}")
    if attempt := span["attributes"].get("sse.component.attempt"):
        about.append(f"attempt {attempt}")
    about += [f"event {event['name']}" for event in span.get("events", [])]
    about += [f"link to {link['spanId'][:8]}" for link in span.get("links", [])]
    name = f"{'    ' * depth}{span['name']}"
    line = f"{name:32} {span['spanId'][:8]}  {', '.join(about)}"
    children = [each for each in spans if each.get("parentSpanId") == span["spanId"]]
    below = [_branch(child, spans, depth + 1, began) for child in sorted(children, key=_start)]
    return [line, *(line for branch in below for line in branch)]


def _start(span: dict[str, Any]) -> int:
    return int(span["startTimeUnixNano"])


def main() -> int:
    """Print the tree."""
    parser = argparse.ArgumentParser(prog="python -m harness.traced")
    parser.add_argument("--file", type=Path, help="where the spans are written, as JSON of OTLP")
    parser.add_argument("--traces", choices=["linked", "nested"], default="linked")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = options.file or Path(folder) / "spans.jsonl"
        spans = answer(path, options.traces)
        print("\n".join(tree(spans)))
        if options.file:
            print(json.dumps({"spans": len(spans), "file": str(path)}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
