"""`python -m sse_pipeline.http.limited_daphne`: Daphne with limits for the body of a request.

Daphne (4.2) reads a whole body into memory before the application is called, and has no limit. Here
a larger body is refused with 413: at once by its `Content-Length`, else at the first chunk beyond
the limit. Until then it is in a file, if it is larger than 100 KB or chunked. A body that has not
come within `BODY_TIMEOUT` is refused with 408: Twisted bounds its silence alone.
"""

import argparse
from collections.abc import Sequence
from functools import partial
from typing import Any

from daphne.cli import CommandLineInterface
from daphne.http_protocol import HTTPFactory, WebRequest
from daphne.server import Server
from twisted.internet import reactor
from twisted.web.http import HTTPChannel

from .. import conf

MAX_BODY = 16 * 1024 * 1024

_TOO_LARGE, _TOO_SLOW = b"413 Content Too Large", b"408 Request Timeout"
_REFUSAL = b"HTTP/1.1 %s\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


class LimitedRequest(WebRequest):  # type: ignore[misc]
    """A request that refuses a body of more than `max_body` bytes, or one that does not come."""

    def __init__(self, *args: Any, max_body: int, **options: Any) -> None:
        self._left = max_body
        self._refused = False
        self._patience: Any = None
        # Twisted would read the whole body of a form into memory. The application parses it.
        super().__init__(*args, parsePOSTFormSubmission=False, **options)

    def gotLength(self, length: int | None) -> None:  # noqa: N802 - the names are Twisted's
        """Refuse the body by its length."""
        super().gotLength(length)
        if length is not None and length > self._left:
            self._refuse(_TOO_LARGE)
        elif length != 0:
            clock: Any = reactor
            self._patience = clock.callLater(conf.get().BODY_TIMEOUT, self._refuse, _TOO_SLOW)

    def handleContentChunk(self, data: bytes) -> None:  # noqa: N802
        """Keep a part of the body, or refuse the whole."""
        if self._refused:
            return
        self._left -= len(data)
        if self._left < 0:
            self._refuse(_TOO_LARGE)
        else:
            super().handleContentChunk(data)

    def requestReceived(self, *line: bytes) -> None:  # noqa: N802
        """Call the application, unless the body was refused."""
        self._stop_waiting()
        if not self._refused:
            super().requestReceived(*line)

    def connectionLost(self, reason: Any) -> None:  # noqa: N802
        """Wait for no more of the body."""
        self._stop_waiting()
        super().connectionLost(reason)

    def _stop_waiting(self) -> None:
        if self._patience is not None and self._patience.active():
            self._patience.cancel()

    def _refuse(self, status: bytes) -> None:
        self._refused = True
        self._stop_waiting()
        if isinstance(self.channel, HTTPChannel):  # over HTTP/2 the stream is closed without a word
            transport: Any = self.channel.transport
            transport.write(_REFUSAL % status)
        self.channel.loseConnection()


class _LimitedFactory(HTTPFactory):  # type: ignore[misc]
    def __init__(self, server: Any, max_body: int) -> None:
        super().__init__(server)
        self._max_body = max_body

    def buildProtocol(self, addr: Any) -> Any:  # noqa: N802
        protocol = super().buildProtocol(addr)
        protocol.requestFactory = partial(LimitedRequest, max_body=self._max_body)
        return protocol


class LimitedServer(Server):  # type: ignore[misc]
    """Daphne's server. A body has at most `max_body` bytes."""

    def __init__(self, *args: Any, max_body: int = MAX_BODY, **options: Any) -> None:
        self._max_body = max_body
        super().__init__(*args, **options)

    @property
    def http_factory(self) -> HTTPFactory:
        """The factory of connections: `run` sets it, and this one is used instead."""
        return self._factory

    @http_factory.setter
    def http_factory(self, factory: HTTPFactory) -> None:
        self._factory = _LimitedFactory(factory.server, self._max_body)


class Command(CommandLineInterface):  # type: ignore[misc]
    """The command line of Daphne, with `--max-body`."""

    def run(self, args: Sequence[str]) -> None:
        """Read the command line, and serve."""
        ours = argparse.ArgumentParser(add_help=False)
        ours.add_argument("--max-body", type=int, default=MAX_BODY)
        known, rest = ours.parse_known_args(args)
        self.server_class = partial(LimitedServer, max_body=known.max_body)
        super().run(rest)


if __name__ == "__main__":
    Command.entrypoint()
