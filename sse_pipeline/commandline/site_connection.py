"""One HTTP connection to a site, for one request."""

import http.client
import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import SplitResult, urlsplit

from django.core.management.base import CommandError

from ..escaping import escape_controls
from ..validation import is_loopback

#: The most bytes of a complaint that are read.
LONGEST_COMPLAINT = 64 * 1024


def parse_address(url: str, *, insecure: bool = False) -> SplitResult:
    """Return the parts of an address; `http://` may be left out.

    Raises:
        CommandError: It is not the address of a site. Or it is one of another machine by plain
            http, and `insecure` is not set: each request has a token, which others could read.
    """
    parts = _split(url)
    if parts.scheme == "http" and not (insecure or is_loopback(str(parts.hostname))):
        raise CommandError(
            f"--url: {url!r} is another machine over plain http, where others can read the token"
            " of the request: name an https:// address, or give --insecure"
        )
    return parts


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url if "//" in url else f"http://{url}")
        if parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0:
            return parts
    except ValueError:  # a broken host or port
        pass
    raise CommandError(f"--url: {url!r} is not an http:// or https:// address")


@contextmanager
def request(
    address: SplitResult,
    method: str,
    path: str,
    headers: dict[str, str],
    *,
    content_type: str,
    timeout: float,
) -> Iterator[http.client.HTTPResponse]:
    """Send a request and give the response. The connection is closed on every way out.

    `path` continues the path of the address. A silence of `timeout` seconds ends the request.

    Raises:
        OSError: The connection fails.
        http.client.HTTPException: The site does not speak HTTP.
        CommandError: The response is an error, or its content type is another one.
    """
    connection = _connect(address, timeout)
    try:
        connection.request(method, address.path.rstrip("/") + path, headers=headers)
        with connection.getresponse() as response:
            _check(response, content_type)
            yield response
    finally:
        connection.close()


def _connect(address: SplitResult, timeout: float) -> http.client.HTTPConnection:
    if address.scheme == "https":
        context = ssl.create_default_context()
        return http.client.HTTPSConnection(address.netloc, timeout=timeout, context=context)
    return http.client.HTTPConnection(address.netloc, timeout=timeout)


def _check(response: http.client.HTTPResponse, content_type: str) -> None:
    # A redirect is an error, too: it leads to a login page, and would carry the token elsewhere.
    known = response.headers.get_content_type() == content_type
    if response.status == 204 or (response.status in {200, 202} and known):
        return
    complaint = escape_controls(_complaint(response, content_type))
    raise CommandError(f"--url: the site answers {response.status}: {complaint}")


def _complaint(response: http.client.HTTPResponse, content_type: str) -> str:
    if response.status < 300:
        return f"{response.headers.get_content_type()} in place of {content_type}"
    if response.status < 400:
        return f"see {response.headers.get('Location')}"
    try:
        return str(json.loads(response.read(LONGEST_COMPLAINT))["error"])
    except (ValueError, KeyError, TypeError):
        return response.reason
