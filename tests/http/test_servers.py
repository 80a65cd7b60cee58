import os
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from harness.servers import NotServing, serve

pytestmark = pytest.mark.processes


async def application(
    scope: dict[str, Any],
    receive: Callable[[], Awaitable[dict[str, Any]]],
    send: Callable[[dict[str, Any]], Awaitable[None]],
) -> None:
    if scope["type"] != "http":
        return
    body = f"{scope['path']} {os.environ['GREETING']}".encode()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})


async def unending(
    scope: dict[str, Any],
    receive: Callable[[], Awaitable[dict[str, Any]]],
    send: Callable[[dict[str, Any]], Awaitable[None]],
) -> None:
    if scope["type"] != "http":
        return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"tick", "more_body": True})
    while (await receive())["type"] != "http.disconnect":
        pass


def exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_an_application_is_served(server_name: str) -> None:
    with serve(server_name, "tests.http.test_servers:application", {"GREETING": "hello"}) as server:
        assert exists(server.pid)
        assert httpx.get(server.url + "/path").text == "/path hello"
    assert not exists(server.pid)


def test_a_server_with_an_open_stream_is_ended(server_name: str) -> None:
    with httpx.Client() as client:
        with serve(server_name, "tests.http.test_servers:unending") as server:
            response = client.send(client.build_request("GET", server.url), stream=True)
            assert next(response.iter_raw()) == b"tick"
        assert not exists(server.pid)
        response.close()


def test_a_server_that_does_not_start_says_why() -> None:
    with (
        pytest.raises(NotServing, match="no_such_attribute"),
        serve("uvicorn", "tests.http.test_servers:no_such_attribute"),
    ):
        pass
