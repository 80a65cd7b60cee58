"""What the request for a stream's events is answered: status, headers and a reader."""

import logging
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from typing import Generic, NamedTuple, TypeVar

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse

from . import conf, frames, shutdown
from .operations import Plan
from .reader import Chunks, Pace, Reader, open_reader
from .stores import Store

logger = logging.getLogger(__name__)

#: Sent with every reply. Proxies keep and buffer nothing; `identity` skips Django's GZip.
HEADERS = {
    "Cache-Control": "no-store, no-transform",
    "X-Accel-Buffering": "no",
    "Content-Encoding": "identity",
}
EVENT_STREAM = "text/event-stream"


C_co = TypeVar("C_co", bound=Chunks, covariant=True)


class Reply(NamedTuple, Generic[C_co]):
    """200 with a reader (none for `HEAD`), 204 after the end, or 404."""

    status: int
    reader: C_co | None = None

    def headers(self) -> dict[str, str]:
        """Return the headers of the reply."""
        return {**HEADERS, "Content-Type": EVENT_STREAM} if self.status == 200 else HEADERS


NOT_FOUND: Reply[Reader] = Reply(404)
NO_CONTENT: Reply[Reader] = Reply(204)


def last_event_id(request: HttpRequest) -> int:
    """Return the id that the client has got to: the header's, else the query's; 0 for neither.

    What is empty, negative or no number counts as 0 (HTML §9.2.4).
    """
    given = request.headers.get("Last-Event-ID", request.GET.get("last_event_id", ""))
    return int(given) if given.isascii() and given.isdecimal() and len(given) < 19 else 0


def opening() -> bytes:
    """Return what each connection opens with: when to come back after it."""
    return frames.retry(round(conf.get().RETRY * 1000))


def events(store: Store, stream_id: str, request: HttpRequest) -> Plan[Reply[Reader]]:
    """Answer the request of a client that may read the stream. Raises `StreamNotFound`."""
    settings = conf.get()
    pace = Pace(
        opening=opening(),
        limit=settings.CHUNK_BYTES,
        heartbeat=settings.HEARTBEAT,
    )
    reader = yield from open_reader(store, stream_id, last_event_id(request), pace)
    if reader is None:
        return NO_CONTENT
    if request.method == "HEAD":
        reader.detach()
        return Reply(200)
    return Reply(200, reader)


def _guard(reader: Reader) -> Iterator[bytes]:
    """End the body where a reader fails: a client comes back from an end, and not from an error."""
    try:
        yield from reader
    except Exception:
        logger.exception("a reader broke off")


async def _aguard(reader: Reader) -> AsyncGenerator[bytes]:
    shutdown.attend(reader)
    try:
        async with aclosing(aiter(reader)) as chunks:
            async for chunk in chunks:
                yield chunk
    except Exception:
        logger.exception("a reader broke off")
    finally:
        shutdown.leave(reader)


def to_django(reply: Reply[Reader], *, asynchronous: bool) -> HttpResponseBase:
    """Make a response for a Django view; under WSGI it takes a thread while it is read."""
    response: HttpResponseBase
    if reply.reader is None:
        response = HttpResponse(status=reply.status)
    else:
        chunks = _aguard(reply.reader) if asynchronous else _guard(reply.reader)
        response = StreamingHttpResponse(chunks)
    for name, value in reply.headers().items():
        response[name] = value
    if reply.status != 200:
        del response["Content-Type"]
    return response
