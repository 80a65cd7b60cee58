"""The consumers: a stream's events, its status, and its cancellation."""

from typing import Any, ClassVar

from channels.db import database_sync_to_async
from django.http import HttpRequest

from . import access, replies, signals, staff, stores
from .endpoint import Endpoint, Refusal
from .exceptions import StoreUnavailable, StreamNotFound
from .handler import SSEHandler
from .replies import EVENT_STREAM
from .snapshot import Snapshot
from .status import describe

#: Said alike of a stream that is not known and of one that this reader may not know of.
NOT_FOUND = "no such stream"


class StreamEndpoint(Endpoint):
    """An endpoint of the stream that the route names by its `stream_id`.

    Who carries a token of the staff needs the `permission`, and no owner's consent.
    """

    permission: ClassVar[str]
    #: The member of the staff whom a token stands for; None where there is no token.
    member: Any = None

    async def find(self, request: HttpRequest) -> tuple[SSEHandler, Snapshot]:
        """Return the stream; 404 for one that is not known, or not to this reader."""
        try:
            handler = await SSEHandler.aattach(self.scope["url_route"]["kwargs"]["stream_id"])
            stream = await handler.asnapshot()
        except StreamNotFound:
            raise Refusal(404, NOT_FOUND) from None
        if not await self._admits(request, stream):
            raise Refusal(404, NOT_FOUND)
        return handler, stream

    async def _admits(self, request: HttpRequest, stream: Snapshot) -> bool:
        if staff.bearer(request) is not None:
            self.member = await staff.amember(request, self.permission)
            if self.member is not None:
                return True
        return await access.aadmits(request, stream)


class EventsConsumer(StreamEndpoint):
    """`GET /streams/<uuid>/events/`: the stream."""

    permission = staff.FRAMES

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

    permission = staff.FRAMES

    async def get(self, request: HttpRequest) -> None:
        _, stream = await self.find(request)
        await self.reply_json(200, describe(stream, stores.current().now()))


class CancelConsumer(StreamEndpoint):
    """`POST /streams/<uuid>/cancel/`: the stream's producers are told to stop."""

    permission = staff.CANCEL

    async def post(self, request: HttpRequest) -> None:
        handler, stream = await self.find(request)
        try:
            taken = await handler.acancel()
            await self._tell(request, stream.stream_id, taken=taken)
            stream = await handler.asnapshot()
        except StreamNotFound:
            raise Refusal(404, NOT_FOUND) from None
        await self.reply_json(
            202, {"stream": stream.stream_id, "state": stream.state, "taken": taken}
        )

    async def _tell(self, request: HttpRequest, stream_id: str, *, taken: bool) -> None:
        """Announce what a member of the staff did."""
        if self.member is None:
            return
        await database_sync_to_async(signals.tell)(
            signals.staff_intervened,
            type(self),
            stream_id=stream_id,
            user=self.member,
            action="cancel",
            component="",
            reason=str(request.GET.get("reason", ""))[:255],
            via="http",
            taken=taken,
        )
