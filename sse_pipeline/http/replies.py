"""The reply to a request for the events of a stream: a status, headers and a reader."""

from collections.abc import Iterator, Mapping
from typing import Generic, NamedTuple, TypeVar

from django.http import HttpRequest, HttpResponse, HttpResponseBase

from .. import conf, frames, validation
from ..dialects.base import Dialect
from ..lifecycle.snapshot import Snapshot
from ..stores import TAIL
from ..streams.operations import StreamOperations
from ..streams.plans import Plan
from ..streams.reader import ChunkSource, Reading, ReadOptions
from .admission import RETRY_AFTER, Admission, AdmittedSource
from .response import EventStreamResponse
from .rights import Right
from .source import StreamSource

#: Every reply carries these. Proxies neither keep nor buffer it; `identity` skips Django's GZip,
#: which would make each chunk a member of its own. No reply is anything but what its type says, nor
#: an image or a script of another site. A page that `ALLOWED_ORIGINS` admits reads by CORS, of
#: which the last header says nothing.
HEADERS = {
    "Cache-Control": "no-store, no-transform",
    "X-Accel-Buffering": "no",
    "Content-Encoding": "identity",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
}
#: Event streams are UTF-8 always. Some clients guess without the parameter.
CONTENT_TYPE = f"{frames.EVENT_STREAM}; charset=utf-8"
#: An id that no stream reaches, and that is still an id: `TAIL` is none.
FARTHEST = TAIL - 1


S_co = TypeVar("S_co", bound=ChunkSource, covariant=True)


class Reply(NamedTuple, Generic[S_co]):
    """200 with a reader (without one for `HEAD`), 204 after the end, 404, or 429 or 503."""

    status: int
    reader: S_co | None = None
    dialect: Dialect | None = None

    def headers(self) -> dict[str, str]:
        """Return the headers of the reply."""
        if self.status in (429, 503):
            return {**HEADERS, "Retry-After": str(RETRY_AFTER)}
        if self.status != 200:
            return HEADERS
        return {**HEADERS, "Content-Type": CONTENT_TYPE, **headers_of(self.dialect)}


def headers_of(dialect: Dialect | None) -> Mapping[str, str]:
    """Return the headers that a dialect adds to a reply with a body."""
    return {} if dialect is None else dialect.headers


NOT_FOUND: Reply[StreamSource] = Reply(404)
NO_CONTENT: Reply[StreamSource] = Reply(204)


def last_event_id(request: HttpRequest) -> int:
    """Return the id of the last frame that the client has, from the header, else from the query.

    `lastEventId` is what the common polyfills of `EventSource` send.

    An id that is missing, empty, negative or not a number counts as 0 (HTML, section 9.2.4). One
    that is too large for a stream is ahead of every stream.
    """
    given = next((each for each in _given_ids(request) if each is not None), "")
    return min(validation.whole_number(given) or 0, FARTHEST)


def _given_ids(request: HttpRequest) -> Iterator[str | None]:
    yield request.headers.get("Last-Event-ID")
    yield request.GET.get("last_event_id")
    yield request.GET.get("lastEventId")


def opening() -> bytes:
    """Return the bytes that open each connection: the time after which a client comes back."""
    return frames.spread_retry(conf.get().RETRY)


def reply_to(
    request: HttpRequest,
    stream: StreamOperations,
    snapshot: Snapshot,
    right: Right | None = None,
    dialect: Dialect | None = None,
) -> Plan[Reply[StreamSource]]:
    """Answer the request of a client that may read the stream, which the snapshot shows.

    The `right` of the client is asked for again while it reads. A stream without an owner is read
    by everybody who knows it. In a dialect the stream is sent again, to the end, and is never 204.

    Raises:
        StreamNotFound: The store has forgotten the stream since.
    """
    after = last_event_id(request) if dialect is None else 0
    if snapshot.terminal and after and (yield from stream.ends_with(after)):
        return NO_CONTENT
    if request.method == "HEAD":
        return Reply(200, dialect=dialect)
    admission = Admission(request, snapshot.owner, dialect)
    if status := admission.refusal():
        return Reply(status)
    owned = right if snapshot.owner is not None else None
    options = _options(request, dialect)
    return Reply(200, AdmittedSource(admission, stream, after, options, owned), dialect)


def _options(request: HttpRequest, dialect: Dialect | None) -> ReadOptions:
    settings = conf.get()
    options = ReadOptions(b"", settings.CHUNK_BYTES, settings.HEARTBEAT)
    if dialect is None:
        return options._replace(opening=opening(), merged=request.GET.get("merged") == "1")
    reading = Reading(dialect, dialect.held(request))
    return options._replace(opening=dialect.opening(), reading=reading)


def to_django(reply: Reply[StreamSource], request: HttpRequest) -> HttpResponseBase:
    """Make the response of a Django view. Under WSGI it takes a thread while it is read."""
    response: HttpResponseBase
    if reply.reader is None:
        response = HttpResponse(status=reply.status)
    else:
        response = EventStreamResponse(reply.reader, getattr(request, "scope", None))
    for name, value in reply.headers().items():
        response[name] = value
    if reply.status != 200:
        del response["Content-Type"]
    return response
