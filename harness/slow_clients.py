"""Clients that take nothing, or a byte a second, or vanish, and one in a process to be stopped."""

import contextlib
import signal
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from urllib.parse import urlsplit

#: So little is taken by the kernel for a client that reads nothing.
BUFFER = 4096
#: A client that reads on, in a process that can be stopped. It prints its port.
READING = """
import socket, sys
client = socket.create_connection((sys.argv[1], int(sys.argv[2])))
client.sendall(sys.argv[3].encode())
print(client.getsockname()[1], flush=True)
while client.recv(65536):
    pass
"""


def request_of(url: str) -> tuple[tuple[str, int], str]:
    """Return the address of a server, and the text of a request."""
    address = urlsplit(url)
    assert address.hostname is not None
    assert address.port is not None
    text = f"GET {address.path} HTTP/1.1\r\nHost: {address.netloc}\r\n\r\n"
    return (address.hostname, address.port), text


@contextlib.contextmanager
def stuck(url: str) -> Iterator[socket.socket]:
    """Ask for a stream, and read nothing."""
    address, text = request_of(url)
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
        client.connect(address)
        client.sendall(text.encode())
        yield client


@contextlib.contextmanager
def dripping(url: str) -> Iterator[socket.socket]:
    """Ask for a stream, and read a byte a second, in a thread."""
    over = threading.Event()

    def drip(client: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while not over.wait(1) and client.recv(1):
                pass

    with stuck(url) as client:
        thread = threading.Thread(target=drip, args=[client], daemon=True)
        thread.start()
        try:
            yield client
        finally:
            over.set()
            with contextlib.suppress(OSError):
                client.shutdown(socket.SHUT_RDWR)  # wakes the thread
            thread.join()


def vanish(client: socket.socket) -> None:
    """Reset the connection, as the system does for a process that was killed."""
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()


class StoppedClient:
    """A process that reads a stream until it is stopped. Its connection stays open."""

    def __init__(self, url: str) -> None:
        (host, port), text = request_of(url)
        self._process = subprocess.Popen(
            [sys.executable, "-S", "-c", READING, host, str(port), text],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline())

    def stop(self) -> None:
        """Stop it: nothing is read any more, and nobody hears of it."""
        self._process.send_signal(signal.SIGSTOP)

    def close(self) -> None:
        """Kill it."""
        self._process.kill()
        self._process.communicate()
