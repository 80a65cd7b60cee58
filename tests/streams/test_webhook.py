"""A finalizer that posts to another service: signed, tried again, and once for its id."""

import base64
import hmac
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from pytest_django import Settings

from sse_pipeline import SSEHandler, post_to_webhook
from sse_pipeline.testing.subject import TIMEOUT

KEY = b"thirty-two bytes that are secret"
SECRET = f"whsec_{base64.b64encode(KEY).decode()}"


class Service(HTTPServer):
    """A service that answers with these statuses, one after another, and keeps what it got."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Receiver)
        self.statuses: list[int] = []
        self.got: list[tuple[dict[str, str], bytes]] = []


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert isinstance(self.server, Service)
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.got.append(({k.lower(): v for k, v in self.headers.items()}, body))
        self.send_response(self.server.statuses.pop(0))
        self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def service(settings: Settings) -> Iterator[Service]:
    service = Service()
    url = f"http://127.0.0.1:{service.server_port}/hook"
    settings.SSE_PIPELINE = {
        "WEBHOOKS": {"crm": {"url": url, "secret": SECRET}},
        "FINALIZER_PAUSE": 0.001,
    }
    thread = threading.Thread(target=service.serve_forever, args=(0.01,))
    thread.start()
    yield service
    service.shutdown()
    thread.join()
    service.server_close()


def finished(**options: Any) -> SSEHandler:
    handler = SSEHandler(components=["text"])
    handler.finalize("crm", post_to_webhook, **{"arguments": {"to": "crm"}, **options})
    handler.send("text", chunk="Hello")
    handler.mark_component_complete("text")
    assert handler.is_complete.wait(TIMEOUT)
    return handler


def test_a_webhook_is_signed_and_tried_again_with_one_id(service: Service) -> None:
    service.statuses = [503, 302, 204]
    handler = finished()
    assert handler.snapshot().ledger()["crm"]["status"] == "complete"
    assert len(service.got) == 3
    assert len({headers["webhook-id"] for headers, _ in service.got}) == 1
    for headers, body in service.got:
        text = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        version, _, signature = headers["webhook-signature"].partition(",")
        assert version == "v1"
        assert base64.b64decode(signature) == hmac.digest(KEY, text, "sha256")
    document = json.loads(service.got[-1][1])
    assert (document["type"], document["data"]["stream"]) == ("stream.complete", handler.stream_id)
    events = document["data"]["content"]["components"]["text"]["events"]
    assert events == {"text": {"chunk": "Hello"}}


def test_a_webhook_that_the_settings_do_not_name_fails(service: Service) -> None:
    handler = finished(arguments={"to": "nobody"}, attempts=1, required=False)
    assert handler.snapshot().ledger()["crm"]["status"] == "failed"
    assert not service.got
