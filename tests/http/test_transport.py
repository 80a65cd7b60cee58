import asyncio
import contextlib
import socket
from collections.abc import Iterator
from typing import Any
from unittest.mock import Mock
from urllib.parse import urlsplit

import httpx
import pytest
from uvicorn.protocols.http.h11_impl import RequestResponseCycle
from wrapt import FunctionWrapper

from harness.servers import SERVERS, serve
from harness.waiting import until
from harness.wrappers import WRAPPERS
from sse_pipeline.http.abort import AbortMiddleware, abort
from sse_pipeline.http.servers.behind import behind

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


class Cycle(RequestResponseCycle):
    """A request of uvicorn, as far as it is used."""

    transport: Any

    def __init__(self) -> None:
        self.transport = Mock()

    async def send(self, message: Any) -> None:
        pass


async def drop(scope: Any, receive: Any, send: Any) -> None:
    assert abort(scope)


SCOPE = {"type": "http", "method": "GET", "path": "/", "headers": [], "query_string": b""}


@pytest.mark.parametrize("wrapper", ["plain", "closure", "layers", "opentelemetry", "sentry"])
async def test_a_transport_is_found_behind_middleware(wrapper: str) -> None:
    cycle = Cycle()
    await WRAPPERS[wrapper](AbortMiddleware(drop))(SCOPE, print, cycle.send)
    cycle.transport.abort.assert_called_once_with()


async def test_a_transport_is_found_behind_receive_if_send_hides_it() -> None:
    cycle = Cycle()
    await AbortMiddleware(drop)(SCOPE, cycle.receive, asyncio.Queue().put)
    cycle.transport.abort.assert_called_once_with()


async def test_a_connection_of_middleware_is_not_taken_for_the_client_s() -> None:
    class Exporter:
        """Middleware that is connected to a server of its own."""

        def __init__(self, send: Any) -> None:
            self.send = send
            self.transport = Mock()

        async def __call__(self, message: Any) -> None:
            await self.send(message)

    cycle = Cycle()
    exporter = Exporter(cycle.send)
    await AbortMiddleware(drop)(SCOPE, print, exporter)
    assert not exporter.transport.abort.called
    assert cycle.transport.abort.called


async def test_a_transport_is_found_behind_a_proxy_of_wrapt() -> None:
    def pass_on(wrapped: Any, instance: Any, args: Any, kwargs: Any) -> Any:
        return wrapped(*args, **kwargs)

    cycle = Cycle()
    await AbortMiddleware(drop)(SCOPE, print, FunctionWrapper(cycle.send, pass_on))
    cycle.transport.abort.assert_called_once_with()


def test_an_object_is_not_asked_for_what_it_does_not_hold() -> None:
    class Lazy:
        def __getattr__(self, name: str) -> Any:
            raise ArithmeticError(name)

        def __call__(self) -> None: ...

    lazy = Lazy()
    assert list(behind(lazy)) == [lazy]


async def test_what_is_behind_a_callable_may_lead_back_to_it() -> None:
    async def send(message: Any) -> None:
        await send(message)

    assert list(behind(send)) == [send]


async def test_a_variable_of_a_closure_that_is_not_bound() -> None:
    async def send(message: Any) -> None:
        later(message)

    assert list(behind(send)) == [send]
    later = print
    assert list(behind(send))[:2] == [send, later]


async def test_a_server_that_shows_nothing_is_named_once(caplog: Any) -> None:
    seen = []

    async def inner(scope: Any, receive: Any, send: Any) -> None:
        assert not abort(scope)
        seen.append((scope, receive, send))

    application = AbortMiddleware(inner)
    for scope in ({"type": "http"}, {"type": "http"}, {"type": "websocket"}):
        await application(scope, 1, len)
        assert seen.pop() == (scope, 1, len)
    assert caplog.text.count("no connection was found") == 1
