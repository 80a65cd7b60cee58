"""A stream of a site that runs elsewhere, reached over HTTP with a token of the staff."""

import http.client
import json
import ssl
import time
import uuid
from argparse import ArgumentTypeError
from collections.abc import Iterator
from typing import Any
from urllib.parse import SplitResult, quote, urlsplit

from django.contrib.auth import get_user_model
from django.core.management.base import CommandError, CommandParser

from .. import stores
from ..access import staff
from ..exceptions import StoreUnavailable, StreamNotFound
from ..handler import SSEHandler
from . import guard

#: Seconds without a byte, after which the connection counts as lost: three heartbeats.
PATIENCE = 45.0
#: How often in a row a lost connection is tried again, and the seconds between.
ATTEMPTS, PAUSE = 5, 1.0

_ENDS = (b"event: complete\n", b"event: errored\n")


def add_arguments(parser: CommandParser) -> None:
    """Add the stream, and how it is reached."""
    parser.add_argument("stream", type=_uuid, help="the id of the stream")
    parser.add_argument("--url", help="where the site is served, such as http://127.0.0.1:8000")
    parser.add_argument("--user", help="the member of the staff on whose authority it is done")


def _uuid(text: str) -> str:
    try:
        return str(uuid.UUID(text))
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is no id of a stream") from None


def member(username: str | None, permission: str) -> Any:
    """Return the member of the staff of this name; raises `CommandError` for one who may not."""
    if not username:
        raise CommandError("--user is missing: name the member of the staff who does it")
    model: Any = get_user_model()
    with guard.database():
        user = model.objects.filter(**{model.USERNAME_FIELD: username}).first()
        if user is None:
            raise CommandError(f"--user: there is no user {username}")
        if not staff.may(user, permission):
            raise CommandError(f"--user: {username} is not active staff with {permission}")
    return user


def shared(stream_id: str) -> SSEHandler:
    """Return a stream of the store that this process shares with the site's.

    Raises `CommandError` that says why not.
    """
    if not stores.current().shared:
        raise CommandError(
            "SSE_PIPELINE['STORE'] keeps streams in the memory of the process that serves them,"
            " and this is another one: name the site with --url, or give this command its settings"
        )
    try:
        return SSEHandler.attach(stream_id)
    except (StreamNotFound, StoreUnavailable) as error:
        raise CommandError(str(error)) from None


class Site:
    """A site over HTTP; each request is given a token of its own."""

    def __init__(self, url: str, user: Any) -> None:
        self._parts = _address(url)
        self._user = user

    def cancel(self, stream_id: str, reason: str) -> dict[str, Any]:
        """Cancel a stream; return how it stands, and whether that was `taken`."""
        path = f"/streams/{stream_id}/cancel/?reason={quote(reason)}"
        try:
            connection, response = self._ask("POST", path, "application/json")
            with connection:
                document: dict[str, Any] = json.loads(response.read())
                return document
        except (OSError, http.client.HTTPException) as error:
            raise self._lost(error) from error

    def events(self, stream_id: str) -> Iterator[bytes]:
        """Yield the lines of a stream to its end; a lost connection is resumed.

        Raises `CommandError` if the first one fails, or `ATTEMPTS` in a row bring no sign of life.
        """
        path, last, failures = f"/streams/{stream_id}/events/", "", 0
        reached = False
        while True:
            error: Exception = ConnectionError("it closes each connection")
            failures += 1
            try:
                connection, response = self._ask("GET", path, "text/event-stream", last)
                reached = True
                with connection:
                    ended = response.status == 204
                    for line in response:
                        if line.startswith((b"id:", b":")):
                            failures = 0
                        if line.startswith(b"id:"):
                            last = line[3:].decode().strip()
                        ended = ended or line in _ENDS
                        yield line
                if ended:
                    return
            except (OSError, http.client.HTTPException) as lost:
                error = lost
            if failures == ATTEMPTS or not reached:
                raise self._lost(error) from error
            time.sleep(PAUSE)

    def _lost(self, error: Exception) -> CommandError:
        return CommandError(f"--url: {self._parts.netloc} can't be reached: {error!r}")

    def _ask(
        self, method: str, path: str, kind: str, last: str = ""
    ) -> "tuple[_Connection, http.client.HTTPResponse]":
        connection = _Connection(self._parts.scheme, self._parts.netloc)
        headers = {"Authorization": f"Bearer {staff.token(self._user)}"}
        if last:
            headers["Last-Event-ID"] = last
        try:
            connection.http.request(method, self._parts.path.rstrip("/") + path, headers=headers)
            response = connection.http.getresponse()
            _check(response, kind)
        except BaseException:
            connection.http.close()
            raise
        return connection, response


class _Connection:
    def __init__(self, scheme: str, netloc: str) -> None:
        if scheme == "https":
            context = ssl.create_default_context()
            self.http: http.client.HTTPConnection = http.client.HTTPSConnection(
                netloc, timeout=PATIENCE, context=context
            )
        else:
            self.http = http.client.HTTPConnection(netloc, timeout=PATIENCE)

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        self.http.close()


def _address(url: str) -> SplitResult:
    try:
        parts = urlsplit(url if "//" in url else f"http://{url}")
        if parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0:
            return parts
    except ValueError:  # a broken host or port
        pass
    raise CommandError(f"--url: {url!r} is no http:// or https:// address")


def _check(response: http.client.HTTPResponse, kind: str) -> None:
    """Raise `CommandError` for an answer that is not of this kind: a redirect is not followed."""
    known = response.headers.get_content_type() == kind
    if response.status == 204 or (response.status in {200, 202} and known):
        return
    raise CommandError(f"--url: the site answers {response.status}: {_said(response, kind)}")


def _said(response: http.client.HTTPResponse, kind: str) -> str:
    if response.status < 300:
        return f"{response.headers.get_content_type()} in place of {kind}"
    if response.status < 400:
        return f"see {response.headers.get('Location')}"
    try:
        return str(json.loads(response.read())["error"])
    except (ValueError, KeyError, TypeError):
        return response.reason
