"""A client of an event stream, over Channels' `HttpCommunicator`."""

from collections import deque
from collections.abc import AsyncIterator, Iterable
from typing import Any, Self

from channels.testing import HttpCommunicator

from ..decoder import Decoder, Event

Headers = Iterable[tuple[bytes, bytes]]


class SSECommunicator:
    """Reads the events of a stream one by one, as they come.

    ::

        async with SSECommunicator(application, f"/streams/{stream_id}/events/") as client:
            assert client.status == 200
            async for event in client:
                ...

    Each wait may take `timeout` seconds. A longer one raises `TimeoutError`.
    """

    def __init__(
        self,
        application: Any,
        path: str,
        *,
        last_event_id: int | str | None = None,
        method: str = "GET",
        body: bytes = b"",
        headers: Headers = (),
        timeout: float = 30.0,
    ) -> None:
        self._request = (application, method, path, body)
        self._headers = list(headers)
        self._timeout = timeout
        self._last_event_id = "" if last_event_id is None else str(last_event_id)
        self.status: int | None = None
        self.headers: dict[str, str] = {}
        #: Whether the body has ended: a server must never leave a client waiting.
        self.ended = False
        self.decoder = Decoder(last_event_id=self._last_event_id)
        self._events: deque[Event] = deque()
        self._communicator: HttpCommunicator | None = None

    @property
    def last_event_id(self) -> str:
        """The id that a reconnection sends."""
        return self.decoder.last_event_id

    async def connect(self) -> int:
        """Send the request and return the status; `headers` has the headers then."""
        application, method, path, body = self._request
        headers = [*self._headers]
        if self._last_event_id:
            headers.append((b"last-event-id", self._last_event_id.encode()))
        self._communicator = HttpCommunicator(application, method, path, body, headers)
        await self._communicator.send_input({"type": "http.request", "body": body})
        start = await self._receive()
        self.status = start["status"]
        self.headers = {name.decode(): value.decode() for name, value in start["headers"]}
        return start["status"]  # type: ignore[no-any-return]

    async def next(self) -> Event | None:
        """Return the next event; None at the end of the body."""
        while not self._events and not self.ended:
            await self.next_chunk()
        return self._events.popleft() if self._events else None

    async def next_chunk(self) -> bytes:
        """Return the next piece of the body as it comes.

        Its events are kept for `next`, except pings.
        """
        message = await self._receive()
        body: bytes = message.get("body", b"")
        events = self.decoder.feed(body)
        self._events.extend(event for event in events if event.event != "ping")
        self.ended = not message.get("more_body", False)
        return body

    async def __aiter__(self) -> AsyncIterator[Event]:
        while (event := await self.next()) is not None:
            yield event

    async def events(self) -> list[Event]:
        """Return all further events."""
        return [event async for event in self]

    async def disconnect(self) -> None:
        """Close the connection, and wait until the application has noticed."""
        if self._communicator is None:
            return
        await self._communicator.send_input({"type": "http.disconnect"})
        await self._communicator.wait(timeout=self._timeout)
        self._communicator = None

    async def reconnect(self) -> int:
        """Reconnect as a browser does: with the id of the last event that was read."""
        await self.disconnect()
        unread, self._events = self._events, deque()
        self._last_event_id = _before(unread, self.last_event_id)
        self.decoder = Decoder(last_event_id=self._last_event_id)
        self.ended = False
        return await self.connect()

    async def __aenter__(self) -> Self:
        await self.connect()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.disconnect()

    async def _receive(self) -> dict[str, Any]:
        if self._communicator is None:
            raise RuntimeError("not connected")
        return await self._communicator.receive_output(self._timeout)  # type: ignore[no-any-return]


def _before(unread: Iterable[Event], last_event_id: str) -> str:
    """Return the id before that of the first unread event."""
    for event in unread:
        return str(int(event.id) - 1) if event.id else last_event_id
    return last_event_id
