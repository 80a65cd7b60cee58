"""The routes of the library over HTTP: their methods, and what each replies."""

import uuid
from typing import Any

import pytest

from harness.site_client import (
    COMMON,
    GET_ONLY,
    JSON,
    POST_ONLY,
    STREAM,
    check_refusal,
    ended,
    path_of,
    request,
)
from harness.wire import unopened
from project.asgi import application
from sse_pipeline import SSEHandler, stores
from sse_pipeline.lifecycle.snapshot import Snapshot
from sse_pipeline.testing import SSECommunicator

# The methods of each route


@pytest.mark.parametrize(
    ("method", "route", "status", "headers"),
    [
        ("GET", "events", 200, {"content-type": f"{STREAM}; charset=utf-8"}),
        ("HEAD", "events", 200, {"content-type": f"{STREAM}; charset=utf-8"}),
        ("OPTIONS", "events", 204, {"allow": GET_ONLY}),
        ("POST", "events", 405, {"allow": GET_ONLY}),
        ("PUT", "events", 405, {"allow": GET_ONLY}),
        ("DELETE", "events", 405, {"allow": GET_ONLY}),
        ("BREW", "events", 405, {"allow": GET_ONLY}),
        ("GET", "status", 200, {"content-type": JSON}),
        ("HEAD", "status", 200, {"content-type": JSON}),
        ("OPTIONS", "status", 204, {"allow": GET_ONLY}),
        ("POST", "status", 405, {"allow": GET_ONLY}),
        ("POST", "cancel", 202, {"content-type": JSON}),
        ("OPTIONS", "cancel", 204, {"allow": POST_ONLY}),
        ("GET", "cancel", 405, {"allow": POST_ONLY}),
        ("HEAD", "cancel", 405, {"allow": POST_ONLY}),
        ("OPTIONS", "answers", 204, {"allow": POST_ONLY}),
        ("GET", "answers", 405, {"allow": POST_ONLY}),
        ("HEAD", "answers", 405, {"allow": POST_ONLY}),
        ("PATCH", "answers", 405, {"allow": POST_ONLY}),
    ],
)
async def test_each_method_of_each_route(
    method: str, route: str, status: int, headers: dict[str, str]
) -> None:
    handler = await ended()
    path = "/answers/" if route == "answers" else path_of(route, handler.stream_id)
    reply = await request(method, path)
    assert reply.status == status
    assert {**COMMON, **headers}.items() <= reply.headers.items()
    assert (reply.body == b"") == (method == "HEAD" or status == 204)
    assert ("allow" in reply.headers) == (status in (204, 405))
    assert "content-type" in reply.headers or status == 204


@pytest.mark.parametrize("route", ["events", "status"])
async def test_head_has_the_headers_of_get(route: str) -> None:
    handler = await ended()
    path = path_of(route, handler.stream_id)
    replies = [await request(method, path) for method in ("GET", "HEAD")]
    assert replies[0].headers == replies[1].headers
    assert replies[1].body == b""


async def test_head_of_an_open_stream_leaves_no_reader() -> None:
    handler = SSEHandler(components=["text_generation"])
    await handler.asnapshot()
    reply = await request("HEAD", path_of("events", handler.stream_id))
    assert (reply.status, reply.body) == (200, b"")
    log: Any = stores.current().attach(handler.stream_id)
    assert log.readers == 0


# The library's routes


async def test_the_stream_is_read_from_the_start() -> None:
    handler = await ended()
    async with SSECommunicator(application, path_of("events", handler.stream_id)) as client:
        events = await client.events()
    assert [event.event for event in events] == ["stream", "component", "component", "complete"]
    assert [event.id for event in events] == ["1", "2", "3", "4"]
    assert client.decoder.retry is not None


@pytest.mark.parametrize(
    ("after", "status", "ids"),
    [
        ("1", 200, [2, 3, 4]),
        ("3", 200, [4]),
        ("4", 204, []),
        ("", 200, [1, 2, 3, 4]),
        ("-1", 200, [1, 2, 3, 4]),
        ("soon", 200, [1, 2, 3, 4]),
    ],
)
@pytest.mark.parametrize("where", ["header", "query"])
async def test_a_reader_comes_back(after: str, status: int, ids: list[int], where: str) -> None:
    handler = await ended()
    path = path_of("events", handler.stream_id)
    if where == "header":
        reply = await request("GET", path, last_event_id=after)
    else:
        reply = await request("GET", f"{path}?last_event_id={after}")
    assert reply.status == status
    assert COMMON.items() <= reply.headers.items()
    lines = reply.body.decode().splitlines()
    assert [int(line[4:]) for line in lines if line.startswith("id: ")] == ids


@pytest.mark.parametrize(
    ("method", "route"), [("GET", "events"), ("GET", "status"), ("POST", "cancel")]
)
async def test_an_unknown_stream_is_not_found(method: str, route: str) -> None:
    reply = await request(method, path_of(route, str(uuid.uuid4())))
    check_refusal(reply, 404, None)


async def admit_and_forget(scope: dict[str, Any], stream: Snapshot, action: str) -> bool:
    """Admit a reader of a stream that the store forgets meanwhile."""
    stores.current().close()
    return True


@pytest.fixture
async def soon_forgotten(settings: Any) -> SSEHandler:
    settings.SSE_PIPELINE = {"AUTHORIZE": f"{__name__}.{admit_and_forget.__name__}"}
    handler = SSEHandler(owner="somebody")
    await handler.amark_complete()
    return handler


@pytest.mark.parametrize(
    ("method", "route", "headers"),
    [("POST", "cancel", {}), ("GET", "events", {"last_event_id": "1"})],
)
async def test_a_stream_forgotten_while_it_is_asked_for_is_not_found(
    method: str, route: str, headers: dict[str, Any], soon_forgotten: SSEHandler
) -> None:
    path = path_of(route, soon_forgotten.stream_id)
    check_refusal(await request(method, path, **headers), 404, None)


async def test_a_stream_forgotten_before_it_is_read_is_not_found_later(
    soon_forgotten: SSEHandler,
) -> None:
    path = path_of("events", soon_forgotten.stream_id)
    reply = await request("GET", path)
    assert (reply.status, unopened(reply.body)) == (200, b"")
    check_refusal(await request("GET", path), 404, None)


async def test_the_status() -> None:
    handler = SSEHandler(components=["text_generation"])
    await handler.asend("text", chunk="Hello")
    status = (await request("GET", path_of("status", handler.stream_id))).json
    assert status.keys() == {
        "stream", "state", "verdict", "stopped", "components", "frames", "bytes", "age", "idle",
        "ended", "waiting_for",
    }  # fmt: skip
    assert (status["stream"], status["state"]) == (handler.stream_id, "streaming")
    assert status["components"]["text_generation"]["status"] == "pending"
    assert "text_generation" in status["waiting_for"]


async def test_a_cancel_is_idempotent_and_reaches_the_producers() -> None:
    handler = SSEHandler(components=["text_generation"])
    await handler.asnapshot()
    path = path_of("cancel", handler.stream_id)
    for _ in range(2):
        reply = await request("POST", path)
        assert reply.status == 202
        assert reply.json == {
            "stream": handler.stream_id, "state": "draining", "taken": True,
        }  # fmt: skip
        assert handler.cancelled
    await handler.amark_component_complete("text_generation")
    assert (await request("POST", path)).json["state"] == "errored"
    assert (await handler.asnapshot()).verdict == "cancelled"
