"""On each server, run for real: no client is ever left hanging, and the process goes on."""

import os
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from httpx_sse import ServerSentEvent, connect_sse

from tests.servers import SERVERS, Server, serve
from tests.waiting import until

APPLICATION = "tests.fault_site:application"
ENVIRONMENT = {"DJANGO_SETTINGS_MODULE": "tests.fault_settings", "PYTHONDEVMODE": "1"}
#: Bounds each wait of a client; the longest of a server's own is 1 s.
SECONDS = 8
#: What a server may take for a reader that takes nothing, of the 42 MB that its log holds.
MEMORY = 20 * 1024  # KiB
#: What is said of a task or a coroutine that was forgotten, and by Daphne of a broken application.
COMPLAINTS = ("never retrieved", "was destroyed", "never awaited", "Unhandled", "Warning:")

CONSUMER = "/streams/{}/events/"
VIEWS = ("/asynchronous-view/{}/", "/synchronous-view/{}/")


class Site:
    """The fault site, behind one of the servers."""

    def __init__(self, name: str, server: Server) -> None:
        self.name = name
        self.server = server
        self.client = httpx.Client(base_url=server.url, timeout=SECONDS)

    def start(self, scenario: str) -> str:
        stream: str = self.client.get(f"/start/{scenario}/").raise_for_status().json()["stream"]
        return stream

    def inspect(self, stream: str) -> dict[str, int]:
        found: dict[str, int] = self.client.get(f"/inspect/{stream}/").raise_for_status().json()
        return found

    def events(self, url: str, **headers: str) -> Iterator[ServerSentEvent]:
        with connect_sse(self.client, "GET", url, headers=headers) as source:
            yield from (event for event in source.iter_sse() if event.data)  # not `retry`

    def read(self, url: str, **headers: str) -> list[ServerSentEvent]:
        return list(self.events(url, **headers))


@pytest.fixture(scope="module", params=SERVERS)
def site(request: pytest.FixtureRequest) -> Iterator[Site]:
    with serve(request.param, APPLICATION, ENVIRONMENT) as server:
        site = Site(request.param, server)
        with site.client:
            yield site
        assert not [line for line in complaints(server)]


def complaints(server: Server) -> list[str]:
    return [line for line in server.log.splitlines() if any(each in line for each in COMPLAINTS)]


def ids(events: list[ServerSentEvent]) -> list[int]:
    return [int(event.id) for event in events]


@pytest.mark.parametrize("url", [CONSUMER, *VIEWS])
def test_a_pipeline_that_ends(site: Site, url: str) -> None:
    events = site.read(url.format(site.start("finish")))
    assert events[-1].event == "complete"
    assert ids(events) == list(range(1, len(events) + 1))


@pytest.mark.parametrize("url", [CONSUMER, *VIEWS])
def test_a_pipeline_that_raises(site: Site, url: str) -> None:
    events = site.read(url.format(site.start("fail")))
    assert events[-1].event == "errored"
    assert events[-1].json()["reason"] == "component_failed"


@pytest.mark.parametrize("url", [CONSUMER, *VIEWS])
def test_a_stream_that_is_cancelled(site: Site, url: str) -> None:
    stream = site.start("stay")
    events = site.events(url.format(stream))
    assert next(events).event == "stream"
    assert site.client.post(f"/streams/{stream}/cancel/").status_code == 202
    *_, last = events
    assert (last.event, last.json()["reason"]) == ("errored", "cancelled")


@pytest.mark.parametrize("url", [CONSUMER, *VIEWS])
def test_a_reader_that_comes_back(site: Site, url: str) -> None:
    url = url.format(site.start("finish"))
    events = site.read(url)
    for event in events[:-1]:
        replayed = site.read(url, **{"Last-Event-ID": event.id})
        assert [(each.id, each.event, each.data) for each in replayed] == [
            (each.id, each.event, each.data) for each in events[int(event.id) :]
        ]
    again = site.client.get(url, headers={"Last-Event-ID": events[-1].id})
    assert (again.status_code, again.content) == (204, b"")


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "DELETE"])
def test_a_method_that_reads_nothing(site: Site, method: str) -> None:
    stream = site.start("stay")
    reply = site.client.request(method, CONSUMER.format(stream))
    assert reply.status_code == {"HEAD": 200, "OPTIONS": 204, "DELETE": 405}[method]
    assert site.inspect(stream)["readers"] == 0


@pytest.mark.parametrize("url", [CONSUMER, *VIEWS])
def test_a_client_that_leaves(site: Site, url: str) -> None:
    stream = site.start("stay")
    before = site.inspect(stream)
    events = site.events(url.format(stream))
    assert next(events).event == "stream"
    assert site.inspect(stream)["readers"] == 1
    events.close()
    until(lambda: site.inspect(stream)["readers"] == 0, seconds=1)
    until(lambda: site.inspect(stream)["tasks"] <= before["tasks"])


@pytest.mark.parametrize("fault", ["raising", "cancelling"])
def test_a_consumer_that_breaks_off(site: Site, fault: str) -> None:
    stream = site.start("stay")
    events = site.read(f"/{fault}/{stream}/")
    assert events[-1].event == "text"
    until(lambda: site.inspect(stream)["readers"] == 0)
    assert site.read(CONSUMER.format(site.start("finish")))[-1].event == "complete"


@pytest.mark.parametrize("url", [CONSUMER, *VIEWS])
def test_a_client_that_vanishes_unread(site: Site, url: str) -> None:
    stream = site.start("flood")
    with deaf(site, url.format(stream)):
        until(lambda: site.inspect(stream)["readers"] == 1)
    until(lambda: site.inspect(stream)["readers"] == 0, seconds=0.8)  # before the write deadline


def test_a_client_that_takes_nothing(site: Site) -> None:
    stream = site.start("flood")
    before = site.inspect(stream)
    with deaf(site, CONSUMER.format(stream)) as client:
        until(lambda: site.inspect(stream)["readers"] == 1)
        until(lambda: site.inspect(stream)["readers"] == 0)
        after = site.inspect(stream)
        assert after["memory"] - before["memory"] < MEMORY
        if site.name in {"daphne", "uvicorn"}:
            until(lambda: site.inspect(stream)["files"] <= before["files"])
        assert len(drain(client)) < 2**23
    events = site.events(CONSUMER.format(stream), **{"Last-Event-ID": "5"})
    assert next(events).id == "6"
    events.close()


def test_a_view_s_client_that_takes_nothing(site: Site) -> None:
    stream = site.start("flood")
    before = site.inspect(stream)["memory"]
    with deaf(site, VIEWS[0].format(stream)):
        until(lambda: site.inspect(stream)["readers"] == 1)
        time.sleep(0.5)  # FIXME
        assert site.inspect(stream)["memory"] - before < MEMORY


def deaf(site: Site, url: str) -> Any:
    """Ask for a stream, and read nothing."""
    address = urlsplit(site.server.url)
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.settimeout(SECONDS)
    client.connect((address.hostname, address.port))
    client.sendall(f"GET {url} HTTP/1.1\r\nHost: {address.netloc}\r\n\r\n".encode())
    return closing(client)


def drain(client: socket.socket) -> bytes:
    """Read to the end, clean or not."""
    taken = bytearray()
    try:
        while chunk := client.recv(65536):
            taken += chunk
    except ConnectionResetError:
        pass
    return bytes(taken)


def test_a_server_that_is_ended(server_name: str) -> None:
    with serve(server_name, APPLICATION, ENVIRONMENT) as server:
        site = Site(server_name, server)
        with site.client:
            events = site.events(CONSUMER.format(site.start("stay")))
            assert next(events).event == "stream"
            os.kill(server.pid, signal.SIGTERM)
            since = time.monotonic()
            *_, last = events
            assert (last.event, last.json()["reason"]) == ("errored", "shutdown")
            assert time.monotonic() - since < 3
    assert time.monotonic() - since < SECONDS
