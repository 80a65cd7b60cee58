"""A client of the demonstration site: requests to its ASGI application in this process."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from channels.testing import HttpCommunicator
from django.urls import reverse

from project.asgi import application
from sse_pipeline import SSEHandler, stores
from sse_pipeline.testing import SSECommunicator

HOST = "localhost:8000"
OWN, FOREIGN, FRIEND = f"http://{HOST}", "https://foreign.example", "https://friend.example"
STREAM = "text/event-stream"
JSON = "application/json"
GET_ONLY, POST_ONLY = "GET, HEAD, OPTIONS", "POST, OPTIONS"

#: The headers of every reply.
COMMON = {
    "cache-control": "no-store, no-transform",
    "x-accel-buffering": "no",
    "content-encoding": "identity",
    "x-content-type-options": "nosniff",
    "cross-origin-resource-policy": "same-origin",
}
QUIET = {"speech": False, "tokens_per_second": 1000}
HELLO = {"text": "Hello.", **QUIET}

TOKEN = "a" * 32


class Reply(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def wire(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()]


async def request(method: str, path: str, body: bytes = b"", **headers: str) -> Reply:
    """Send a request; an underscore in a header's name is a hyphen."""
    sent = {"host": HOST, **{name.replace("_", "-"): each for name, each in headers.items()}}
    client = HttpCommunicator(application, method, path, body, wire(sent))
    reply = await client.get_response(timeout=5)
    await client.wait()
    received = {name.decode(): value.decode() for name, value in reply["headers"]}
    return Reply(reply["status"], received, reply["body"])


async def post(document: Any, **headers: str) -> Reply:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return await request("POST", "/answers/", body, **{"content_type": JSON, **headers})


def streaming(document: Any, **headers: str) -> SSECommunicator:
    """Ask for an answer, and for its stream as the reply."""
    sent = {"Content-Type": JSON, "Accept": STREAM, **headers}
    body = json.dumps(document).encode()
    return SSECommunicator(application, "/answers/", method="POST", body=body, headers=wire(sent))


def path_of(name: str, stream_id: str) -> str:
    return reverse(f"stream-{name}", "sse_pipeline.routing", [stream_id])


async def ended() -> SSEHandler:
    """Open a stream that has ended, with four frames."""
    handler = SSEHandler()
    async with handler.component("text_generation"):
        pass
    return handler


def check_refusal(reply: Reply, status: int, field: str | None) -> None:
    assert reply.status == status
    assert COMMON.items() <= reply.headers.items()
    assert reply.headers["content-type"] == JSON
    assert isinstance(reply.json.pop("error"), str)
    assert reply.json.get("field") == field
    assert reply.json.keys() <= {"error", "field"}
    assert stores.current().open_streams() == []
