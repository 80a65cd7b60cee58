"""Bodies of requests that are too large, on servers that are run for real."""

import socket
from collections.abc import Iterator
from contextlib import suppress
from urllib.parse import urlsplit

import httpx
import pytest

from harness.fault_client import APPLICATION, ENVIRONMENT, MEMORY, Site
from harness.servers import LIMITED_DAPHNE, serve
from harness.waiting import until

pytestmark = pytest.mark.processes

MIB = 1024 * 1024
LARGE = 600 * MIB
FORM = "Content-Type: application/x-www-form-urlencoded"


@pytest.fixture(scope="module", params=[LIMITED_DAPHNE, "uvicorn", "hypercorn", "granian"])
def site(request: pytest.FixtureRequest) -> Iterator[Site]:
    with (
        serve(request.param, APPLICATION, ENVIRONMENT) as server,
        httpx.Client(base_url=server.url, timeout=20) as client,
    ):
        yield Site(request.param, server, client)


def posting(site: Site, url: str, *headers: str) -> socket.socket:
    address = urlsplit(site.server.url)
    client = socket.create_connection((address.hostname, address.port), timeout=20)
    lines = (f"POST {url} HTTP/1.1", f"Host: {address.netloc}", *headers, "", "")
    client.sendall("\r\n".join(lines).encode())
    return client


def status_line(client: socket.socket) -> bytes:
    with client.makefile("rb") as lines:
        return lines.readline()


@pytest.mark.parametrize("header", ["X-None: 1", FORM])
def test_a_body_is_refused_by_its_length(site: Site, header: str) -> None:
    url = f"/streams/{site.start('stay')}/cancel/"
    with posting(site, url, f"Content-Length: {LARGE}", header) as client:
        assert b" 413 " in status_line(client)


@pytest.mark.parametrize("header", ["X-None: 1", FORM])
def test_a_body_without_a_length_is_refused_when_it_is_too_large(site: Site, header: str) -> None:
    stream = site.start("stay")
    before = site.inspect(stream)
    chunk = b"%x\r\n%s\r\n" % (MIB, b"x" * MIB)
    url = f"/streams/{stream}/cancel/"
    with (
        posting(site, url, "Transfer-Encoding: chunked", header) as client,
        pytest.raises(ConnectionError),
    ):
        for _ in range(LARGE // MIB):
            client.sendall(chunk)
    assert site.inspect(stream)["memory"] - before["memory"] < MEMORY
    assert site.inspect(stream)["readers"] == 0
    until(lambda: site.inspect(stream)["files"] <= before["files"])
    assert site.client.post(url, content=b"x").status_code == 202


@pytest.mark.parametrize("length", ["Content-Length: 1000", "Transfer-Encoding: chunked"])
def test_a_body_that_trickles_is_refused(slow_bodies: Site, length: str) -> None:
    with posting(slow_bodies, "/streams/none/cancel/", length) as client:
        client.settimeout(0.05)
        answer = b""
        while not answer:
            with suppress(TimeoutError):
                answer = client.recv(100)
            if not answer:
                client.sendall(b"1")
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert slow_bodies.client.post("/start/stay/", content=b"x").status_code == 200


@pytest.fixture(scope="module")
def slow_bodies() -> Iterator[Site]:
    """Serve a site that waits half a second for a body."""
    environment = {**ENVIRONMENT, "BODY_TIMEOUT": "0.5"}
    with (
        serve(LIMITED_DAPHNE, APPLICATION, environment) as server,
        httpx.Client(base_url=server.url, timeout=20) as client,
    ):
        yield Site(LIMITED_DAPHNE, server, client)
