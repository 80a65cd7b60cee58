"""The consumers: the events of a stream, its status, and its cancellation."""

from typing import Any, ClassVar

from channels.db import database_sync_to_async
from django.http import HttpRequest

from . import signals, stores
from .access import authorization, staff
from .exceptions import StoreUnavailable, StreamNotFound
from .http.endpoint import Endpoint, Refusal
from .http.replies import CONTENT_TYPE, opening, reply_to
from .http.rights import right_to_read
from .lifecycle import causes
from .lifecycle.snapshot import Snapshot
from .lifecycle.status import describe
from .streams.operations import StreamOperations
from .streams.plans import arun

#: The same for a stream that is not known, and for one that this reader may not know of.
NOT_FOUND = "no such stream"


class StreamEndpoint(Endpoint):
    """An endpoint of the stream that the route names by its `stream_id`.

    A request with a token of the staff needs the `permission`, and not the consent of the owner.
    """

    permission: ClassVar[str]
    #: The member of the staff for whom a token stands; None if there is no token.
    member: Any = None

    async def find(self, request: HttpRequest) -> tuple[StreamOperations, Snapshot]:
        """Load the stream once, and check that the sender may read it.

        Raises:
            Refusal: 404, if the stream is not known, or not to this reader.
        """
        stream = StreamOperations(str(self.scope["url_route"]["kwargs"]["stream_id"]))
        try:
            snapshot = await arun(stream.load())
        except StreamNotFound:
            raise Refusal(404, NOT_FOUND) from None
        if not await self._admits(request, snapshot):
            raise Refusal(404, NOT_FOUND)
        return stream, snapshot

    async def _admits(self, request: HttpRequest, snapshot: Snapshot) -> bool:
        if staff.bearer(request) is not None:
            self.member = await staff.amember(request, self.permission)
            if self.member is not None:
                return True
        return await authorization.aadmits(request, snapshot)

    def still_admits(self, request: HttpRequest, snapshot: Snapshot) -> bool:
        """Return the same for a request that was renewed, in a thread."""
        by_token = staff.bearer(request) is not None
        if by_token and staff.member(request, self.permission) is not None:
            return True
        return authorization.still_admits(request, snapshot)


class EventsConsumer(StreamEndpoint):
    """`GET /streams/<uuid>/events/`: the stream."""

    permission = staff.FRAMES

    async def get(self, request: HttpRequest) -> None:
        try:
            stream, snapshot = await self.find(request)
            right = right_to_read(request, stream, self.still_admits)
            reply = await arun(reply_to(request, stream, snapshot, right))
        except StreamNotFound:
            raise Refusal(404, NOT_FOUND) from None
        except StoreUnavailable:
            # Not an error: an `EventSource` comes back from the end of a body, and not from a 503.
            await self.reply(200, {"Content-Type": CONTENT_TYPE}, opening())
            return
        await self.serve(reply)


class StatusConsumer(StreamEndpoint):
    """`GET /streams/<uuid>/`: the status of the stream."""

    permission = staff.FRAMES

    async def get(self, request: HttpRequest) -> None:
        _, snapshot = await self.find(request)
        await self.reply_json(200, describe(snapshot, stores.current().now()))


class CancelConsumer(StreamEndpoint):
    """`POST /streams/<uuid>/cancel/`: the producers of the stream are told to stop."""

    permission = staff.CANCEL

    async def post(self, request: HttpRequest) -> None:
        stream, _ = await self.find(request)
        try:
            taken = await arun(stream.change(causes.CANCEL))
            await self._announce(request, stream.stream_id, taken=taken)
            snapshot = await arun(stream.load())
        except StreamNotFound:
            raise Refusal(404, NOT_FOUND) from None
        document = {"stream": stream.stream_id, "state": snapshot.state, "taken": taken}
        await self.reply_json(202, document)

    async def _announce(self, request: HttpRequest, stream_id: str, *, taken: bool) -> None:
        """Announce what a member of the staff did, in a thread that may use the database."""
        if self.member is None:
            return
        await database_sync_to_async(signals.notify_intervention)(
            type(self),
            stream_id=stream_id,
            user=self.member,
            action="cancel",
            reason=str(request.GET.get("reason", ""))[:255],
            via="http",
            taken=taken,
        )
