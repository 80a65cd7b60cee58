"""Clients of the fault site: one that reads, and one that is deaf."""

import contextlib
import os
import signal
import socket
from collections.abc import Generator, Iterator

import httpx
from httpx_sse import ServerSentEvent, connect_sse

from harness.servers import Server, serve
from harness.slow_clients import stuck

APPLICATION = "harness.fault_site:application"
ENVIRONMENT = {"DJANGO_SETTINGS_MODULE": "harness.fault_settings", "PYTHONDEVMODE": "1"}
CONSUMER = "/streams/{}/events/"
VIEW = "/asynchronous-view/{}/"
#: The most that a server may take of the 42 MB of a log, for clients that read nothing.
MEMORY = 20 * 1024  # KiB
#: By itself, or as uvicorn does by the signal that it was given.
WELL = (f"{os.CLD_EXITED} 0", f"{os.CLD_KILLED} {signal.SIGTERM:d}")
#: Bounds each wait, on a machine with much else to do. The longest of a server's own is 1 s, and
#: of gunicorn 60 s: no test waits for that one.
SECONDS = 40
#: The warnings of a forgotten task or coroutine, and of a deprecated call.
COMPLAINTS = ("never retrieved", "was destroyed", "never awaited", "Unhandled", "Warning:")
#: Said of the body of a request, where an asynchronous view breaks off.
DJANGOS_OWN = "ResourceWarning: Unclosed file <tempfile.SpooledTemporaryFile"


class Site:
    """The fault site, behind one of the servers."""

    def __init__(self, name: str, server: Server, client: httpx.Client) -> None:
        self.name = name
        self.server = server
        self.client = client

    @property
    def complaints(self) -> list[str]:
        lines = self.server.log.replace(DJANGOS_OWN, "").splitlines()
        return [line for line in lines if any(each in line for each in COMPLAINTS)]

    def start(self, scenario: str) -> str:
        stream: str = self.client.get(f"/start/{scenario}/").raise_for_status().json()["stream"]
        return stream

    def inspect(self, stream: str) -> dict[str, int]:
        found: dict[str, int] = self.client.get(f"/inspect/{stream}/").raise_for_status().json()
        return found

    def events(self, url: str, **headers: str) -> Generator[ServerSentEvent, None, None]:
        """Read event by event; the connection is closed with the generator."""
        with connect_sse(self.client, "GET", url, headers=headers) as source:
            yield from (event for event in source.iter_sse() if event.data)  # not `retry`

    def read(self, url: str, **headers: str) -> list[ServerSentEvent]:
        """Read to the end of the body; raises `httpx.HTTPError` where that is not clean."""
        return list(self.events(url, **headers))

    @contextlib.contextmanager
    def deaf(self, url: str) -> Iterator[socket.socket]:
        """Ask for a stream, and take nothing of it. It has begun: its reader is attached."""
        with stuck(self.server.url + url) as client:
            client.settimeout(SECONDS)
            client.recv(1, socket.MSG_PEEK)
            yield client


@contextlib.contextmanager
def fault_site(server_name: str, wrapper: str = "plain") -> Iterator[Site]:
    """Serve the fault site, in one of `harness.wrappers`."""
    with (
        serve(server_name, APPLICATION, {**ENVIRONMENT, "WRAPPER": wrapper}) as server,
        httpx.Client(base_url=server.url, timeout=SECONDS) as client,
    ):
        yield Site(server_name, server, client)


def drain(client: socket.socket) -> bytes:
    """Read to the end, clean or not."""
    taken = bytearray()
    with contextlib.suppress(ConnectionResetError):
        while chunk := client.recv(65536):
            taken += chunk
    return bytes(taken)


def status_of(pid: int) -> str | None:
    """Tell how a child has ended, which is left for its parent to find out."""
    found = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    return found and f"{found.si_code} {found.si_status}"
