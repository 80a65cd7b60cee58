import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from django.core.exceptions import (
    BadRequest,
    DisallowedRedirect,
    RequestDataTooBig,
    TooManyFilesSent,
)
from django.http import HttpRequest

from harness.site_client import COMMON
from harness.wire import Wire
from sse_pipeline import SSEHandler
from sse_pipeline.consumers import CancelConsumer, EventsConsumer
from sse_pipeline.http.endpoint import Endpoint, Refusal
from sse_pipeline.http.replies import Reply
from sse_pipeline.streams.reader import ChunkSource


class Echo(Endpoint):
    async def get(self, request: HttpRequest) -> None:
        await self.reply_json(200, {"query": request.GET.dict()})

    async def post(self, request: HttpRequest) -> None:
        await self.reply(201, {"X-Size": str(len(request.body))}, request.body)


async def answer(application: Any, *arguments: Any, **options: Any) -> Wire:
    wire = Wire(*arguments, **options)
    await wire.run(application)
    assert wire.ended
    return wire


class Asks:
    def __init__(self, status: int, **options: Any) -> None:
        self.status = status
        self.options = options


TOO_MANY_FIELDS = (
    b"The number of GET/POST parameters exceeded settings.DATA_UPLOAD_MAX_NUMBER_FIELDS."
)


@pytest.mark.parametrize(
    ("asked", "body"),
    [
        (Asks(200, query=b"a=1"), b'{"query": {"a": "1"}}'),
        (Asks(200, method="HEAD"), b""),
        (Asks(201, method="POST", body=b"hello"), b"hello"),
        (Asks(204, method="OPTIONS"), b""),
        (Asks(405, method="DELETE"), b'{"error": "DELETE is not served here"}'),
        (
            Asks(413, method="POST", body=b"x" * 33),
            b'{"error": "the body is larger than 32 bytes"}',
        ),
        (
            Asks(400, headers={"Host": "evil.example"}),
            b'{"error": "this host is not served", "field": "Host"}',
        ),
        (
            Asks(400, headers={"Host": "evil.example", "Origin": "http://evil.example"}),
            b'{"error": "this host is not served", "field": "Host"}',
        ),
        (
            Asks(403, headers={"Origin": "http://evil.example"}),
            b'{"error": "requests from this origin are not served", "field": "Origin"}',
        ),
        (Asks(400, query=b"\xff"), b'{"error": "the request is not in UTF-8"}'),
        (
            Asks(400, method="POST", body=b"", headers={"Content-Length": "1x"}),
            b'{"error": "is not a number", "field": "Content-Length"}',
        ),
        (
            Asks(413, method="POST", body=b"", headers={"Content-Length": "33"}),
            b'{"error": "the body is larger than 32 bytes"}',
        ),
        (
            Asks(400, query=b"&".join(b"a=1" for _ in range(1001))),
            b'{"error": "%s"}' % TOO_MANY_FIELDS,
        ),
    ],
    ids=lambda value: f"{value.status} {value.options}" if isinstance(value, Asks) else "",
)
async def test_a_request_is_answered(asked: Asks, body: bytes, settings: Any) -> None:
    settings.SSE_PIPELINE = {"MAX_BODY_BYTES": 32}
    wire = await answer(Echo.as_asgi(), **asked.options)
    assert (wire.status, wire.body) == (asked.status, body)
    assert COMMON.items() <= wire.headers.items()


async def test_what_is_allowed() -> None:
    for method in ("OPTIONS", "PATCH"):
        assert (await answer(Echo.as_asgi(), method)).headers["allow"] == (
            "GET, HEAD, POST, OPTIONS"
        )
    assert (await answer(CancelConsumer.as_asgi(), "GET")).headers["allow"] == "POST, OPTIONS"
    assert (await answer(EventsConsumer.as_asgi(), "PUT")).headers["allow"] == "GET, HEAD, OPTIONS"


async def test_a_session_needs_its_token() -> None:
    wire = await answer(CancelConsumer.as_asgi(), "POST", headers={"Cookie": "sessionid=1"})
    assert (wire.status, b"CSRF" in wire.body) == (403, True)


async def test_a_page_of_another_origin(settings: Any) -> None:
    settings.SSE_PIPELINE = {"ALLOWED_ORIGINS": ["https://app.example"]}
    wire = await answer(Echo.as_asgi(), "OPTIONS", headers={"Origin": "https://app.example"})
    assert wire.headers["access-control-allow-origin"] == "https://app.example"
    assert wire.headers["access-control-allow-methods"] == "GET, HEAD, POST, OPTIONS"


async def test_a_length_that_python_does_not_convert_is_too_large() -> None:
    for length in ("9" * 5000, "0" * 5000):
        headers = {"Content-Length": length}
        wire = await answer(Echo.as_asgi(), "POST", body=b"x", headers=headers)
        assert wire.status == 413


async def test_a_body_that_django_finds_too_large(settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 8
    headers = {"Content-Length": "9"}
    assert (await answer(Echo.as_asgi(), "POST", body=b"x" * 9, headers=headers)).status == 413


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (DisallowedRedirect("no"), 400),
        (TooManyFilesSent("no"), 400),
        (RequestDataTooBig("no"), 413),
        (BadRequest("no"), 400),
    ],
    ids=repr,
)
async def test_what_django_refuses(error: Exception, status: int) -> None:
    async def refuse(endpoint: Endpoint) -> None:
        raise error

    wire = await answer(endpoint_that(refuse))
    assert (wire.status, wire.body) == (status, b'{"error": "no"}')


async def test_what_django_refuses_after_the_answer(caplog: Any) -> None:
    async def refuse(endpoint: Endpoint) -> None:
        await endpoint.reply(200, body=b"done")
        raise BadRequest("no")

    wire = await answer(endpoint_that(refuse))
    assert (wire.status, wire.body) == (200, b"done")
    assert "BadRequest" in caplog.text


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_body_that_never_comes(method: str, settings: Any) -> None:
    settings.SSE_PIPELINE = {"BODY_TIMEOUT": 0.01}
    wire = Wire(method)
    wire.inbox.get_nowait()
    wire.put({"type": "http.request", "body": b"hel", "more_body": True})
    await asyncio.wait_for(wire.run(Echo.as_asgi()), 10)
    assert (wire.status, wire.body) == (408, b'{"error": "the body did not come within 0.01 s"}')


async def test_a_body_in_parts() -> None:
    wire = Wire("POST")
    wire.inbox.get_nowait()
    for part, more in ((b"hel", True), (b"", True), (b"lo", False)):
        wire.put({"type": "http.request", "body": part, "more_body": more})
    await wire.run(Echo.as_asgi())
    assert wire.body == b"hello"


@pytest.mark.parametrize("end", [{"type": "http.disconnect"}, OSError("the connection is lost")])
async def test_a_client_that_leaves_in_its_own_body(end: Any) -> None:
    wire = Wire("POST")
    wire.inbox.get_nowait()
    wire.put({"type": "http.request", "body": b"hel", "more_body": True})
    wire.put(end)
    await wire.run(Echo.as_asgi())
    assert not wire.sent


def endpoint_that(act: Callable[[Endpoint], Any]) -> Any:
    class Acting(Endpoint):
        async def get(self, request: HttpRequest) -> None:
            await act(self)

    return Acting.as_asgi()


async def test_an_endpoint_that_raises(caplog: Any) -> None:
    async def fail(endpoint: Endpoint) -> None:
        raise ArithmeticError("secret")

    wire = await answer(endpoint_that(fail))
    assert (wire.status, wire.body) == (500, b'{"error": "internal error"}')
    assert "secret" in caplog.text


async def test_an_endpoint_that_raises_after_its_answer(caplog: Any) -> None:
    async def fail(endpoint: Endpoint) -> None:
        await endpoint.reply(200, body=b"done")
        raise ArithmeticError("secret")

    wire = await answer(endpoint_that(fail))
    assert (wire.status, wire.body) == (200, b"done")
    assert "secret" in caplog.text


async def test_an_endpoint_that_refuses() -> None:
    async def refuse(endpoint: Endpoint) -> None:
        raise Refusal(418, "a teapot")

    wire = await answer(endpoint_that(refuse))
    assert (wire.status, wire.body) == (418, b'{"error": "a teapot"}')


@pytest.mark.parametrize("fails", [False, True])
async def test_a_server_that_takes_no_answer(
    fails: bool, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    async def act(endpoint: Endpoint) -> None:
        if fails:
            raise ArithmeticError("before the answer")
        await endpoint.reply(200, body=b"done")

    async def refuse(message: object) -> None:
        raise RuntimeError("the transport is closed")

    broken = Wire()
    monkeypatch.setattr(broken, "send", refuse)
    await broken.run(endpoint_that(act))
    assert caplog.text.count("Traceback") == fails


async def test_a_stream_is_not_read_by_head() -> None:
    readers: list[ChunkSource | None] = []

    class HeadConsumer(EventsConsumer):
        async def serve(
            self, reply: Reply[ChunkSource], headers: Mapping[str, str] | None = None
        ) -> None:
            readers.append(reply.reader)
            await super().serve(reply, headers)

    handler = SSEHandler()
    handler.send("text", chunk="one")
    scope = {"url_route": {"kwargs": {"stream_id": handler.stream_id}}}
    wire = await answer(HeadConsumer.as_asgi(), "HEAD", **scope)
    assert readers == [None]
    assert (wire.status, wire.body) == (200, b"")
    assert wire.headers["content-type"] == "text/event-stream; charset=utf-8"


async def test_an_answer_is_cancelled() -> None:
    async def wait(endpoint: Endpoint) -> None:
        await asyncio.Event().wait()

    wire = Wire()
    task = wire.start(endpoint_that(wait))
    await asyncio.sleep(0)  # the endpoint begins to wait
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not wire.sent
