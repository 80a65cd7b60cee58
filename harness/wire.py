"""The server's side of one request. Tests give messages to the application, and read its own."""

import asyncio
import re
from collections.abc import Mapping
from typing import Any

#: The opening of a connection by the default settings: two seconds, and up to half as long again.
OPENING = re.compile(rb"\Aretry: (?:2\d{3}|3000)\n")


def unopened(body: bytes) -> bytes:
    """Return what follows the opening of a connection."""
    rest, openings = OPENING.subn(b"", body)
    assert openings == 1, body[:80]
    return rest


class Wire:
    """A scope, a `receive` and a `send`. A `send` waits while `room` is not set."""

    def __init__(
        self,
        method: str = "GET",
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        query: bytes = b"",
        **scope: Any,
    ) -> None:
        self.scope: dict[str, Any] = {
            "type": "http",
            "method": method,
            "path": "/",
            "query_string": query,
            "headers": [
                (name.lower().encode(), value.encode())
                for name, value in {"Host": "localhost", **(headers or {})}.items()
            ],
            **scope,
        }
        self.inbox: asyncio.Queue[dict[str, Any] | Exception] = asyncio.Queue()
        self.put({"type": "http.request", "body": body, "more_body": False})
        self.sent: list[dict[str, Any]] = []
        self.room = asyncio.Event()
        self.room.set()
        self.arrived = asyncio.Condition()

    def put(self, message: dict[str, Any] | Exception) -> None:
        """Let `receive` return a message, or raise an exception."""
        self.inbox.put_nowait(message)

    def disconnect(self) -> None:
        self.put({"type": "http.disconnect"})

    async def receive(self) -> dict[str, Any]:
        message = await self.inbox.get()
        if isinstance(message, Exception):
            raise message
        return message

    async def send(self, message: dict[str, Any]) -> None:
        async with self.arrived:
            self.sent.append(message)
            self.arrived.notify_all()
        await self.room.wait()

    def start(self, application: Any) -> asyncio.Task[None]:
        """Run an application."""
        return asyncio.create_task(application(self.scope, self.receive, self.send))

    async def run(self, application: Any) -> None:
        """Run an application to its end."""
        async with asyncio.timeout(5):
            await application(self.scope, self.receive, self.send)

    async def until_sent(self, part: bytes) -> None:
        """Wait until something was sent."""
        async with asyncio.timeout(5), self.arrived:
            await self.arrived.wait_for(lambda: part in self.body)

    @property
    def status(self) -> int:
        status: int = self.sent[0]["status"]
        return status

    @property
    def headers(self) -> dict[str, str]:
        return {name.decode(): value.decode() for name, value in self.sent[0]["headers"]}

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.sent)

    @property
    def ended(self) -> bool:
        """Whether the body was ended, once."""
        finals = [message for message in self.sent[1:] if not message["more_body"]]
        return finals == self.sent[-1:]
