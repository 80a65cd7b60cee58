"""The clients of a run: many sockets, read as fast as they deliver."""

import json
import selectors
import socket
from contextlib import ExitStack
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx

from benchmarks.workloads import Workload

#: Seconds without a byte, after which a run has failed.
PATIENCE = 20
EVENT = b"\nevent: text\n"


class Incomplete(Exception):
    """Raised where the clients did not receive what they should have."""


def measure(url: str, application: str, workload: Workload) -> dict[str, float]:
    """Run a workload on a server once; return what it took, per frame too."""
    query = urlencode({"application": application, "workload": workload.name})
    paths = _get(f"{url}/open?{query}")
    received = _read(url, paths)
    if received != workload.total:
        raise Incomplete(f"{received} frames of {workload.total}")
    result: dict[str, float] = _get(f"{url}/result")
    return {
        "microseconds": 1e6 * result["cpu"] / workload.total,
        "frames_a_second": workload.total / result["seconds"],
    }


def _get(url: str) -> Any:
    return json.loads(httpx.get(url, timeout=PATIENCE).raise_for_status().content)


def _read(url: str, paths: list[str]) -> int:
    """Read all paths at once to their ends; return how many frames came."""
    with ExitStack() as stack, selectors.DefaultSelector() as selector:
        for path in paths:
            client = stack.enter_context(ask(url, path))
            selector.register(client, selectors.EVENT_READ, bytearray())
        bodies: list[bytearray] = []
        while selector.get_map():
            ready = selector.select(PATIENCE)
            if not ready:
                raise Incomplete(f"{len(selector.get_map())} clients wait for more")
            for key, _ in ready:
                if data := key.fileobj.recv(2**18):  # type: ignore[union-attr]
                    key.data.extend(data)
                else:
                    bodies.append(key.data)
                    selector.unregister(key.fileobj)
    return sum(body.count(EVENT) for body in bodies)


def ask(url: str, path: str) -> socket.socket:
    """Send the request of a client; return where the answer comes."""
    address = urlsplit(url)
    client = socket.create_connection((address.hostname, address.port), PATIENCE)
    client.sendall(
        f"GET {path} HTTP/1.1\r\nHost: {address.netloc}\r\nConnection: close\r\n\r\n".encode()
    )
    return client
