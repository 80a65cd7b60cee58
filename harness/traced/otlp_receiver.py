"""A receiver of OTLP over HTTP, which writes what it gets as the collector's file exporter does.

A line of the file is one request, in the JSON of OTLP: ids are hexadecimal.
"""

import base64
import contextlib
import gzip
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from harness.servers import HOST

_IDS = {"traceId", "spanId", "parentSpanId"}


@contextlib.contextmanager
def receiving(path: Path) -> Iterator[str]:
    """Receive spans until the block is left; yield the URL for exporters."""
    writing = threading.Lock()

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            document = MessageToDict(ExportTraceServiceRequest.FromString(body))
            with writing, path.open("a") as file:
                file.write(json.dumps(_with_hex(document)) + "\n")
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer((HOST, 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://{HOST}:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def read_spans(path: Path) -> list[dict[str, Any]]:
    """Read the spans of a file, each with the name of its service."""
    lines = path.read_text().splitlines() if path.exists() else []
    return [
        {**span, "service": _attributes(resource["resource"])["service.name"],
         "attributes": _attributes(span)}
        for line in lines
        for resource in json.loads(line)["resourceSpans"]
        for scope in resource["scopeSpans"]
        for span in scope["spans"]
    ]  # fmt: skip


def _attributes(document: dict[str, Any]) -> dict[str, Any]:
    pairs = document.get("attributes", [])
    return {each["key"]: next(iter(each["value"].values())) for each in pairs}


def _with_hex(part: Any) -> Any:
    if isinstance(part, list):
        return [_with_hex(each) for each in part]
    if not isinstance(part, dict):
        return part
    return {
        key: base64.b64decode(value).hex() if key in _IDS else _with_hex(value)
        for key, value in part.items()
    }
