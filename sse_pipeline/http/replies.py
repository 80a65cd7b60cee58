"""The reply to a request for the events of a stream: a status, headers and a reader."""

from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from typing import Generic, NamedTuple, TypeVar

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse

from .. import conf, frames
from ..escaping import make_logger
from ..streams.operations import StreamOperations
from ..streams.plans import Plan
from ..streams.reader import ChunkSource, Reader, ReadOptions
from .shutdown import process_end

logger = make_logger(__name__)

#: Every reply carries these. Proxies neither keep nor buffer it; `identity` skips Django's GZip,
#: which would make each chunk a member of its own.
HEADERS = {
    "Cache-Control": "no-store, no-transform",
    "X-Accel-Buffering": "no",
    "Content-Encoding": "identity",
}
EVENT_STREAM = "text/event-stream"


S_co = TypeVar("S_co", bound=ChunkSource, covariant=True)


class Reply(NamedTuple, Generic[S_co]):
    """200 with a reader (without one for `HEAD`), 204 after the end, or 404."""

    status: int
    reader: S_co | None = None

    def headers(self) -> dict[str, str]:
        """Return the headers of the reply."""
        return {**HEADERS, "Content-Type": EVENT_STREAM} if self.status == 200 else HEADERS


NOT_FOUND: Reply[Reader] = Reply(404)
NO_CONTENT: Reply[Reader] = Reply(204)


def last_event_id(request: HttpRequest) -> int:
    """Return the id of the last frame that the client has, from the header, else from the query.

    An id that is missing, empty, negative or not a number counts as 0 (HTML, section 9.2.4).
    """
    given = request.headers.get("Last-Event-ID", request.GET.get("last_event_id", ""))
    return int(given) if given.isascii() and given.isdecimal() and len(given) < 19 else 0


def opening() -> bytes:
    """Return the bytes that open each connection: the time after which a client comes back."""
    return frames.retry(round(conf.get().RETRY * 1000))


def reply_to(request: HttpRequest, stream: StreamOperations) -> Plan[Reply[Reader]]:
    """Answer the request of a client that may read the stream.

    Raises:
        StreamNotFound: The stream never existed, or the store has forgotten it.
    """
    settings = conf.get()
    options = ReadOptions(
        opening=opening(), limit=settings.CHUNK_BYTES, heartbeat=settings.HEARTBEAT
    )
    reader = yield from stream.read(last_event_id(request), options)
    if reader is None:
        return NO_CONTENT
    if request.method == "HEAD":
        reader.detach()
        return Reply(200)
    return Reply(200, reader)


def to_django(reply: Reply[Reader], *, asynchronous: bool) -> HttpResponseBase:
    """Make the response of a Django view. Under WSGI it takes a thread while it is read."""
    response: HttpResponseBase
    if reply.reader is None:
        response = HttpResponse(status=reply.status)
    else:
        chunks = _iterate_async(reply.reader) if asynchronous else _iterate(reply.reader)
        response = StreamingHttpResponse(chunks)
    for name, value in reply.headers().items():
        response[name] = value
    if reply.status != 200:
        del response["Content-Type"]
    return response


# A reader that fails ends the body: a client comes back from an end, and not from an error.


def _iterate(reader: Reader) -> Iterator[bytes]:
    try:
        yield from reader
    except Exception:
        logger.exception("a reader broke off")


async def _iterate_async(reader: Reader) -> AsyncGenerator[bytes]:
    process_end.add(reader)
    try:
        async with aclosing(aiter(reader)) as chunks:
            async for chunk in chunks:
                yield chunk
    except Exception:
        logger.exception("a reader broke off")
    finally:
        process_end.remove(reader)
