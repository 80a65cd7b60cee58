"""A site that runs elsewhere: its streams over HTTP, with a token of the staff."""

import http.client
import json
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from django.core.management.base import CommandError

from ..access import staff
from ..access.actions import StreamAction
from ..decoder import Decoder, Event
from ..frames import EVENT_STREAM
from ..lifecycle.snapshot import TERMINAL
from .site_connection import parse_address, request


@dataclass(frozen=True, slots=True)
class RetryOptions:
    """The retries after a lost connection. Durations are seconds."""

    #: The silence after which a connection counts as lost: three heartbeats of the server.
    timeout: float = 45.0
    #: How many connections in a row may bring no frame and no ping.
    attempts: int = 5
    #: The pause between two connections.
    pause: float = 1.0


class RemoteSite:
    """A site over HTTP. Each request has a token of its own, for one stream and one action.

    Raises:
        CommandError: The URL is none, or `insecure` is missing for it: see `parse_address`.
    """

    def __init__(
        self, url: str, user: Any, retry: RetryOptions | None = None, *, insecure: bool = False
    ) -> None:
        self._address = parse_address(url, insecure=insecure)
        self._user = user
        self._retry = retry or RetryOptions()

    def act(self, action: StreamAction, stream_id: str, reason: str) -> dict[str, Any]:
        """Cancel or stop a stream; return its state, and whether the action was `taken`.

        Raises:
            CommandError: The site can't be reached, or refuses.
        """
        path = f"/streams/{stream_id}/{action}/?reason={quote(reason)}"
        token = staff.token(self._user, stream_id, action)
        try:
            with self._request("POST", path, "application/json", token) as response:
                document: dict[str, Any] = json.loads(response.read())
                return document
        except (OSError, http.client.HTTPException) as error:
            raise self._unreachable(error) from error

    def events(self, stream_id: str) -> Iterator[Event]:
        """Yield the events of a stream, each once, to its end. A lost connection is resumed.

        Raises:
            CommandError: The first connection fails, or too many in a row bring nothing.
        """
        for _, events in self._follow(stream_id):
            yield from (event for event in events if event.event != "ping")

    def chunks(self, stream_id: str) -> Iterator[bytes]:
        """Yield the bytes of a stream as they come, with a frame that a lost connection cut, too.

        Raises:
            CommandError: As `events` does.
        """
        for line, _ in self._follow(stream_id):
            yield line

    def _follow(self, stream_id: str) -> Iterator[tuple[bytes, list[Event]]]:
        """Yield each line that comes, and the events that it completes."""
        path, last_event_id, failures = f"/streams/{stream_id}/events/", "", 0
        reached = False
        while True:
            error: Exception = ConnectionError("it closes each connection")
            failures += 1
            token = staff.token(self._user, stream_id, StreamAction.READ)
            try:
                with self._request("GET", path, EVENT_STREAM, token, last_event_id) as response:
                    reached = True
                    # A new decoder for each connection: it forgets a frame that was cut. The next
                    # connection brings that frame whole.
                    decoder, ended = Decoder(last_event_id), response.status == 204
                    for line in response:
                        events = list(decoder.feed(line))
                        last_event_id = decoder.last_event_id
                        if events:  # a frame or a ping: the stream lives
                            failures = 0
                        ended = ended or any(event.event in TERMINAL for event in events)
                        yield line, events
                if ended:
                    return
            except (OSError, http.client.HTTPException) as lost:
                error = lost
            if failures == self._retry.attempts or not reached:
                raise self._unreachable(error) from error
            time.sleep(self._retry.pause)

    def _unreachable(self, error: Exception) -> CommandError:
        return CommandError(f"--url: {self._address.netloc} can't be reached: {error!r}")

    def _request(
        self, method: str, path: str, content_type: str, token: str, last_event_id: str = ""
    ) -> AbstractContextManager[http.client.HTTPResponse]:
        headers = {"Authorization": f"Bearer {token}"}
        if last_event_id:
            headers["Last-Event-ID"] = last_event_id
        return request(
            self._address,
            method,
            path,
            headers,
            content_type=content_type,
            timeout=self._retry.timeout,
        )
