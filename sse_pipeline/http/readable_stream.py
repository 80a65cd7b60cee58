"""A stream as it is read: its snapshot, its frames, and the responses that serve it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

from django.http import HttpRequest, HttpResponseBase

from .. import dialects
from ..access import authorization
from ..dialects.base import Dialect
from ..lifecycle.snapshot import Snapshot
from ..streams.operations import StreamOperations
from ..streams.plans import Plan, arun, run
from ..streams.reader import Reader
from ..streams.stream_content import Content
from . import replies
from .rights import right_to_read
from .source import StreamSource


class ReadableStream:
    """The half of `SSEHandler` that reads."""

    _stream: StreamOperations

    def snapshot(self) -> Snapshot:
        """Return the stream as it is now."""
        return run(self._stream.load(), "asnapshot")

    async def asnapshot(self) -> Snapshot:
        """Return the stream as it is now, without blocking the event loop."""
        return await arun(self._stream.load())

    def content(self) -> Content:
        """Return what the components have sent so far, merged, and how each of them stands.

        Events merge as they are declared: see `sse_pipeline.events`.
        """
        return run(self._stream.content(), "acontent")

    async def acontent(self) -> Content:
        """Return what the components have sent so far without blocking the event loop."""
        return await arun(self._stream.content_apart())

    def __iter__(self) -> Iterator[bytes]:
        """Iterate over the encoded frames from the first to the terminal one; takes a thread."""
        return iter(run(self._read(), "async for"))

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Iterate over the encoded frames from the first to the terminal one."""
        async for frame in await arun(self._read()):
            yield frame

    def _read(self) -> Plan[Reader]:
        reader = yield from self._stream.read()
        assert reader is not None  # only a reader behind the terminal frame is None
        return reader

    def response(
        self, request: HttpRequest, *, dialect: str | Dialect | None = None
    ) -> HttpResponseBase:
        """Return the stream as the response of a view. It resumes, and is 204 after the end.

        It is 404 for a sender who may not read the stream, and its body ends if the sender loses
        the right while it reads. Under WSGI it takes a thread. A `dialect` has a name of the
        setting `DIALECTS`, or one of the library's own, or it is a `Dialect`.

        Raises:
            ImproperlyConfigured: There is no such dialect.
        """
        spoken = dialects.find(dialect)
        snapshot, reply = self.snapshot(), replies.NOT_FOUND
        if authorization.admits(request, snapshot):
            right = right_to_read(request, self._stream)
            plan = replies.reply_to(request, self._stream, snapshot, right, spoken)
            reply = run(plan, "aresponse")
        return replies.to_django(reply, request)

    async def aresponse(
        self, request: HttpRequest, *, dialect: str | Dialect | None = None
    ) -> HttpResponseBase:
        """Return the response of an asynchronous view."""
        spoken = dialects.find(dialect)
        snapshot, reply = await self.asnapshot(), replies.NOT_FOUND
        if await authorization.aadmits(request, snapshot):
            right = right_to_read(request, self._stream)
            plan = replies.reply_to(request, self._stream, snapshot, right, spoken)
            reply = await arun(plan)
        return replies.to_django(reply, request)

    async def areply(
        self, request: HttpRequest, *, dialect: str | Dialect | None = None
    ) -> replies.Reply[StreamSource]:
        """Return the reply of an endpoint to a reader that was admitted: see `Endpoint.serve`.

        The right of the owner, or of a sender that `AUTHORIZE` admits, is asked for again while the
        stream is read. A reader that the endpoint admits by a rule of its own stays to the end.
        """
        spoken = dialects.find(dialect)
        snapshot, right = await self.asnapshot(), None
        if await authorization.aadmits(request, snapshot):
            right = right_to_read(request, self._stream)
        return await arun(replies.reply_to(request, self._stream, snapshot, right, spoken))
