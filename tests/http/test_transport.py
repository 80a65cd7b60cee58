import contextlib
import socket
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock
from urllib.parse import urlsplit

import httpx
import pytest

from harness.servers import SERVERS, serve
from harness.waiting import until
from sse_pipeline.http.abort import AbortMiddleware, abort

pytestmark = pytest.mark.processes

MEGABYTE = b"x" * 2**20
MEGABYTES = 32
written = [0]


async def write(scope: Any, receive: Any, send: Any) -> None:
    """Write as fast as the server takes it, say how much that was, or drop the client."""
    if scope["type"] != "http":
        return
    start = {"type": "http.response.start", "status": 200, "headers": []}
    await send(start)
    if scope["path"] == "/written":
        await send({"type": "http.response.body", "body": str(written[-1]).encode()})
    elif scope["path"] == "/dropped":
        await send({"type": "http.response.body", "body": b"one", "more_body": True})
        while (await receive())["type"] != "http.disconnect":
            abort(scope)
    else:
        for count in range(1, MEGABYTES + 1):
            await send({"type": "http.response.body", "body": MEGABYTE, "more_body": True})
            written.append(count)
        await send({"type": "http.response.body", "body": b""})


application = AbortMiddleware(write)


@contextlib.contextmanager
def asking(url: str) -> Iterator[socket.socket]:
    address = urlsplit(url)
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.settimeout(10)
        client.connect((address.hostname, address.port))
        client.sendall(f"GET / HTTP/1.1\r\nHost: {address.netloc}\r\n\r\n".encode())
        yield client


@pytest.mark.parametrize("server_name", SERVERS)
def test_a_server_waits_for_its_client(server_name: str) -> None:
    with (
        serve(server_name, "tests.http.test_transport:application") as server,
        httpx.Client(base_url=server.url) as looker,
        asking(server.url) as client,
    ):

        def progress() -> int:
            return int(looker.get("/written").text)

        until(progress)
        assert max(progress() for _ in range(20)) < MEGABYTES // 2
        taken = 0
        while taken < MEGABYTES * len(MEGABYTE):
            taken += len(client.recv(2**20))
        assert progress() == MEGABYTES


@pytest.mark.parametrize("server_name", ["daphne", "uvicorn", "hypercorn"])
def test_a_server_drops_a_client(server_name: str) -> None:
    """Fails when a server changes what `AbortMiddleware` looks for."""
    with (
        serve(server_name, "tests.http.test_transport:application") as server,
        pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)),
    ):
        httpx.get(server.url + "/dropped", timeout=5)


@pytest.mark.parametrize("depth", [1, 2, 3])
async def test_a_transport_is_found_behind_bound_methods(depth: int) -> None:
    class Sender:
        def __init__(self, send: Any = None, transport: Any = None) -> None:
            self.send = send
            self.transport = transport

        async def pass_on(self, message: Any) -> None:
            pass

    dropped = Mock()
    sender = Sender(transport=SimpleNamespace(abort=dropped))
    for _ in range(depth - 1):
        sender = Sender(sender.pass_on)

    async def inner(scope: Any, receive: Any, send: Any) -> None:
        abort(scope)

    await AbortMiddleware(inner)({"type": "http"}, None, sender.pass_on)
    dropped.assert_called_once()


async def test_a_server_that_shows_nothing() -> None:
    seen = []

    async def inner(scope: Any, receive: Any, send: Any) -> None:
        abort(scope)
        seen.append((scope, receive, send))

    for scope in ({"type": "http"}, {"type": "websocket"}):
        await AbortMiddleware(inner)(scope, 1, len)
        assert seen.pop() == (scope, 1, len)
