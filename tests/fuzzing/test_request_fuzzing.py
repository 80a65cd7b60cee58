"""Requests of any kind to the routes of the library and of the demonstration: none is a 500."""

import asyncio
import json
import re
import uuid
from typing import Any, NamedTuple

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from harness.fuzzing import examples
from harness.unicode import ANY_TEXT
from project.asgi import application
from sse_pipeline import SSEHandler

pytestmark = [pytest.mark.usefixtures("database_of_loop"), pytest.mark.exhaustive]

#: All that may be answered here.
ANSWERS = {200, 201, 202, 204, 400, 403, 404, 405, 409, 413, 415, 422}

ENDS = st.sampled_from(["", "events/", "cancel/", "inspect/"])
PATHS = st.just("/answers/") | st.tuples(st.sampled_from(["known", "unknown"]), ENDS).map("/".join)
NAMES = st.sampled_from(
    [b"host", b"origin", b"cookie", b"content-type", b"content-length", b"accept", b"last-event-id",
     b"idempotency-key", b"authorization", b"x-csrftoken", b"transfer-encoding", b"referer",
     b"access-control-request-method", b"x-forwarded-host", b"x-forwarded-for", b"expect"]
)  # fmt: skip
HINTS = st.sampled_from(
    [b"localhost", b"localhost:0", b"[::1]", b"null", b"http://localhost", b"application/json",
     b"application/json; charset=utf-16", b"multipart/form-data; boundary=x", b"*/*",
     b"text/event-stream;q=0", b"application/x-www-form-urlencoded", b"-1", b"0", b"1", b"9" * 20,
     b"Bearer ", b"Bearer a:b:c", b"csrftoken=" + b"a" * 32, b"sessionid=x; csrftoken=\xff",
     b"\xff\xfe", b"a\0b", b"", b"=;,:@"]
)  # fmt: skip
HEADERS = st.lists(st.tuples(NAMES, HINTS | st.binary(max_size=30)), max_size=3)
USUAL = [(b"host", b"localhost"), (b"content-type", b"application/json")]
MORE = HEADERS.map(lambda headers: [*USUAL, *headers])
KEYS = ["text", "question", "speech", "voice", "speed", "language", "tokens_per_second", "fault"]
VALUES: st.SearchStrategy[Any] = (
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT | st.just([]) | st.just({})
)
DOCUMENTS = st.dictionaries(st.sampled_from(KEYS) | ANY_TEXT, VALUES, max_size=4).map(
    # Spoken answers would go on for a while after the test.
    lambda document: json.dumps({**document, "speech": False}).encode()
)
QUESTION = b'{"text": "Hello.", "speech": false, "tokens_per_second": 1000}'
BODIES = st.just([QUESTION]) | st.lists(DOCUMENTS | st.binary(max_size=20), max_size=2)
METHODS = st.sampled_from(["GET", "POST"]) | st.sampled_from(["HEAD", "OPTIONS", "PUT", "get", "é"])
QUERIES = st.sampled_from(
    [b"", b"last_event_id=1", b"reason=%00", b"last_event_id=%ff&a"]
) | st.binary(max_size=20)


class Asked(NamedTuple):
    """A request. Its path begins with `known` or `unknown` for a stream."""

    method: str
    path: str
    query: bytes
    headers: list[tuple[bytes, bytes]]
    body: list[bytes]


class Exchange:
    """One request, and what the application sends for it. The client leaves when it is read."""

    def __init__(self, asked: Asked, path: str) -> None:
        self.scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "scheme": "http",
            "method": asked.method, "path": path, "raw_path": path.encode(), "root_path": "",
            "query_string": asked.query, "headers": asked.headers, "client": ("127.0.0.1", 1),
            "server": ("localhost", 80),
        }  # fmt: skip
        parts = [*asked.body, b""]
        self.incoming: list[dict[str, Any]] = [
            {"type": "http.request", "body": part, "more_body": place < len(parts) - 1}
            for place, part in enumerate(parts)
        ]
        self.sent: list[dict[str, Any]] = []

    async def receive(self) -> dict[str, Any]:
        return self.incoming.pop(0) if self.incoming else {"type": "http.disconnect"}

    async def send(self, message: dict[str, Any]) -> None:
        self.sent.append(message)


@pytest.fixture
def ended() -> SSEHandler:
    """Open a stream that has ended."""
    handler = SSEHandler(components=["text"])
    handler.send("text", chunk="one")
    handler.mark_component_complete("text")
    return handler


@examples(100)
@given(st.builds(Asked, METHODS, PATHS, QUERIES, st.just(USUAL) | HEADERS | MORE, BODIES))
async def test_a_request_of_any_kind_is_answered(ended: SSEHandler, asked: Asked) -> None:
    known = re.sub("^known/", f"/streams/{ended.stream_id}/", asked.path)
    exchange = Exchange(asked, re.sub("^unknown/", f"/streams/{uuid.UUID(int=7)}/", known))
    await asyncio.wait_for(application(exchange.scope, exchange.receive, exchange.send), 30)
    start, *rest = exchange.sent
    event(f"{start['status']}")
    assert start["status"] in ANSWERS, exchange.sent
    assert [part.get("more_body", False) for part in rest][-1] is False
    if (
        dict(start["headers"]).get(b"content-type") == b"application/json"
        and asked.method != "HEAD"
    ):
        document = json.loads(b"".join(part["body"] for part in rest))
        assert ("error" in document) == (start["status"] >= 400)
