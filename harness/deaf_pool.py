"""A way to PostgreSQL on which no notification comes, as behind a pool of connections."""

import contextlib
import socket
import struct
import threading
from collections.abc import Iterator
from pathlib import Path

#: The type of the message that brings a notification.
NOTIFICATION = b"A"
SOCKET = ".s.PGSQL.5432"


@contextlib.contextmanager
def deaf_pool(server: Path, folder: Path) -> Iterator[None]:
    """Listen in `folder` for the server whose socket is in the other one."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(folder / SOCKET))
        listener.listen()
        threading.Thread(target=_serve, args=(listener, server / SOCKET), daemon=True).start()
        try:
            yield
        finally:
            listener.shutdown(socket.SHUT_RDWR)


def _serve(listener: socket.socket, server: Path) -> None:
    while True:
        try:
            client, _ = listener.accept()
        except OSError:
            return
        there = socket.socket(socket.AF_UNIX)
        there.connect(str(server))
        threading.Thread(target=_hand_over, args=(client, there), daemon=True).start()
        threading.Thread(target=_bring_back, args=(there, client), daemon=True).start()


def _hand_over(client: socket.socket, server: socket.socket) -> None:
    with contextlib.suppress(OSError), server:
        while data := client.recv(65536):
            server.sendall(data)
        server.shutdown(socket.SHUT_RDWR)


def _bring_back(server: socket.socket, client: socket.socket) -> None:
    """Hand over every message of the server except notifications."""
    with contextlib.suppress(OSError), client, server.makefile("rb") as messages:
        while head := messages.read(5):
            (length,) = struct.unpack("!I", head[1:])
            body = messages.read(length - 4)
            if head[:1] != NOTIFICATION:
                client.sendall(head + body)
