"""A stream of a site that runs elsewhere, reached over HTTP with a token of the staff."""

import http.client
import json
import ssl
import time
import uuid
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlsplit

from django.contrib.auth import get_user_model
from django.core.management.base import CommandError, CommandParser

from .. import staff, stores
from ..exceptions import StreamNotFound
from ..handler import SSEHandler

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
    return str(uuid.UUID(text))


def member(username: str | None, permission: str) -> Any:
    """Return the member of the staff of this name; raises `CommandError` for one who may not."""
    if not username:
        raise CommandError("--user is missing: name the member of the staff who does it")
    model: Any = get_user_model()
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
            " and this is another one: name the site with --url"
        )
    try:
        return SSEHandler.attach(stream_id)
    except StreamNotFound as error:
        raise CommandError(str(error)) from None


class Site:
    """A site over HTTP; each request is given a token of its own."""

    def __init__(self, url: str, user: Any) -> None:
        parts = urlsplit(url if "//" in url else f"http://{url}")
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise CommandError(f"--url: {url!r} is no http:// or https:// address")
        self._parts = parts
        self._user = user

    def cancel(self, stream_id: str, reason: str) -> dict[str, Any]:
        """Cancel a stream; return how it stands."""
        path = f"/streams/{stream_id}/cancel/?reason={quote(reason)}"
        connection, response = self._ask("POST", path)
        with connection:
            document: dict[str, Any] = json.loads(response.read())
            return document

    def events(self, stream_id: str) -> Iterator[bytes]:
        """Yield the lines of a stream to its end; a lost connection is resumed."""
        last, failures = "", 0
        while True:
            try:
                connection, response = self._ask("GET", f"/streams/{stream_id}/events/", last)
                with connection:
                    ended = response.status == 204
                    for line in response:
                        failures = 0
                        if line.startswith(b"id:"):
                            last = line[3:].decode().strip()
                        ended = ended or line in _ENDS
                        yield line
                if ended:
                    return
            except (OSError, http.client.HTTPException) as error:
                failures += 1
                if failures == ATTEMPTS:
                    raise CommandError(f"--url: {error!r}") from error
            time.sleep(PAUSE)

    def _ask(
        self, method: str, path: str, last: str = ""
    ) -> "tuple[_Connection, http.client.HTTPResponse]":
        connection = _Connection(self._parts.scheme, self._parts.netloc)
        headers = {"Authorization": f"Bearer {staff.token(self._user)}"}
        if last:
            headers["Last-Event-ID"] = last
        try:
            connection.http.request(method, self._parts.path.rstrip("/") + path, headers=headers)
            response = connection.http.getresponse()
            _check(response)
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


def _check(response: http.client.HTTPResponse) -> None:
    if response.status < 400:
        return
    try:
        error = json.loads(response.read())["error"]
    except (ValueError, KeyError, TypeError):
        error = response.reason
    raise CommandError(f"--url: the site answers {response.status}: {error}")
