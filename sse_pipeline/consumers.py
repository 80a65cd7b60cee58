"""The consumers: a stream's events, its status, and its cancellation."""

from django.http import HttpRequest

from . import access, replies, stores
from .endpoint import Endpoint, Refusal
from .exceptions import StoreUnavailable, StreamNotFound
from .handler import SSEHandler
from .replies import EVENT_STREAM
from .snapshot import Snapshot
from .status import describe

#: Said alike of a stream that is not known and of one that this reader may not know of.
NOT_FOUND = "no such stream"


class StreamEndpoint(Endpoint):
    """An endpoint of the stream that the route names by its `stream_id`."""

    async def find(self, request: HttpRequest) -> tuple[SSEHandler, Snapshot]:
        """Return the stream; 404 for one that is not known, or not to this reader."""
        try:
            handler = await SSEHandler.aattach(self.scope["url_route"]["kwargs"]["stream_id"])
            stream = await handler.asnapshot()
        except StreamNotFound:
            raise Refusal(404, NOT_FOUND) from None
        if not await access.aadmits(request, stream):
            raise Refusal(404, NOT_FOUND)
        return handler, stream


class EventsConsumer(StreamEndpoint):
    """`GET /streams/<uuid>/events/`: the stream."""

    async def get(self, request: HttpRequest) -> None:
        try:
            handler, _ = await self.find(request)
            reply = await handler.areply(request)
        except StreamNotFound:
            raise Refusal(404, NOT_FOUND) from None
        except StoreUnavailable:  # an `EventSource` would not come back from an error
            await self.reply(200, {"Content-Type": EVENT_STREAM}, replies.opening())
            return
        await self.serve(reply)


class StatusConsumer(StreamEndpoint):
    """`GET /streams/<uuid>/`: how the stream stands."""

    async def get(self, request: HttpRequest) -> None:
        _, stream = await self.find(request)
        await self.reply_json(200, describe(stream, stores.current().now()))


class CancelConsumer(StreamEndpoint):
    """`POST /streams/<uuid>/cancel/`: the stream's producers are told to stop."""

    async def post(self, request: HttpRequest) -> None:
        handler, stream = await self.find(request)
        try:
            await handler.acancel()
            stream = await handler.asnapshot()
        except StreamNotFound:
            raise Refusal(404, NOT_FOUND) from None
        await self.reply_json(202, {"stream": stream.stream_id, "state": stream.state})
