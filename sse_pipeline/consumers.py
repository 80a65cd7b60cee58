"""The consumers: the events of a stream, its status, its cancel and its stop."""

from typing import Any, ClassVar

from channels.db import database_sync_to_async
from django.http import HttpRequest

from . import dialects, stores
from .access import authorization, owners, staff
from .access.actions import Grant, StreamAction
from .access.audit_entry import AuditEntry
from .exceptions import NotRecorded, StoreUnavailable, StreamNotFound
from .http.endpoint import Endpoint, Refusal
from .http.replies import CONTENT_TYPE, opening, reply_to
from .http.rights import right_to_read
from .lifecycle import causes
from .lifecycle.causes import Cause
from .lifecycle.snapshot import Snapshot
from .lifecycle.status import describe
from .streams import stream_keys
from .streams.operations import StreamOperations
from .streams.plans import arun
from .streams.reports import LARGEST_PLACE
from .validation import whole_number

#: The same for a stream that is not known, and for one that this reader may not know of.
NOT_FOUND = "no such stream"


class StreamEndpoint(Endpoint):
    """An endpoint of the stream that the route names by its `stream_id`.

    A sender needs the right to the `action`; with a token of the staff the permission for it.
    """

    action: ClassVar[StreamAction]
    #: The member of the staff for whom a token stands; None if there is no token.
    member: Any = None
    #: The right of a sender without such a token.
    grant: Grant | None = None

    async def find(self, request: HttpRequest) -> tuple[StreamOperations, Snapshot]:
        """Load the stream once, and check that the sender may do what the endpoint does.

        Raises:
            Refusal: 404, if the stream is not known, or not to this sender.
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
            self.member = await staff.amember(request, snapshot.stream_id, self.action)
            if self.member is not None:
                return True
        self.grant = await authorization.agrant(request, snapshot, self.action)
        return self.grant is not None


class EventsConsumer(StreamEndpoint):
    """`GET /streams/<uuid>/events/`: the stream.

    A route may name a `dialect` in its arguments.
    """

    action = StreamAction.READ

    async def get(self, request: HttpRequest) -> None:
        dialect = dialects.find(self.scope["url_route"]["kwargs"].get("dialect"))
        try:
            stream, snapshot = await self.find(request)
            right = right_to_read(request, stream, _still_admits)
            reply = await arun(reply_to(request, stream, snapshot, right, dialect))
        except StreamNotFound:
            raise Refusal(404, NOT_FOUND) from None
        except StoreUnavailable:
            if dialect is not None:
                raise
            # Not an error: an `EventSource` comes back from the end of a body, and not from a 503.
            await self.reply(200, {"Content-Type": CONTENT_TYPE}, opening())
            return
        await self.serve(reply)


class StatusConsumer(StreamEndpoint):
    """`GET /streams/<uuid>/`: the status of the stream."""

    action = StreamAction.READ

    async def get(self, request: HttpRequest) -> None:
        _, snapshot = await self.find(request)
        await self.reply_json(200, describe(snapshot, stores.current().now()))


class KeyConsumer(Endpoint):
    """`GET /streams/by-key/<key>/`: the status of the open stream of a key; 204 if there is none.

    A sender finds the streams that it owns, and those that have no owner.
    """

    async def get(self, request: HttpRequest) -> None:
        key = self.scope["url_route"]["kwargs"]["key"]
        for owner in (*sorted(await owners.aidentities(request)), None):
            stream = await self._find(key, owner)
            if stream is not None:
                await self.reply_json(200, describe(stream, stores.current().now()))
                return
        await self.reply(204)

    async def _find(self, key: str, owner: str | None) -> Snapshot | None:
        if not stores.current().has_keys:
            raise Refusal(501, "the store of this site keeps no keys of streams", "key")
        try:
            digest = stream_keys.digest_of(key, owner)
        except ValueError as error:
            raise Refusal(400, str(error), "key") from None
        return await arun(stream_keys.find(stores.current(), digest))


class ActionConsumer(StreamEndpoint):
    """An endpoint that changes a stream, and that writes down who did it."""

    def cause(self, request: HttpRequest) -> Cause:
        """Return the cause for which the request asks.

        Raises:
            Refusal: 400, if a parameter is wrong.
        """
        raise NotImplementedError

    def may_change(self, before: Snapshot) -> bool:
        """Return whether the action may change a stream."""
        return not before.terminal and not before.cancelled

    async def post(self, request: HttpRequest) -> None:
        stream, before = await self.find(request)
        if self.grant == Grant.AUTHORIZE:
            await self.check_csrf(by_cookie=True)
        try:
            taken = await self._change(request, stream, before)
            snapshot = await arun(stream.load())
        except StreamNotFound:
            raise Refusal(404, NOT_FOUND) from None
        except NotRecorded as error:
            raise Refusal(503, str(error)) from None
        document = {"stream": stream.stream_id, "state": snapshot.state, "taken": taken}
        await self.reply_json(202, document)

    async def _change(
        self, request: HttpRequest, stream: StreamOperations, before: Snapshot
    ) -> bool:
        """Change the stream, and write it down: what others do before, what the owner does after.

        An owner's action must not wait for a database. Of those who are no staff only what may
        change something is written: they may ask as often as they like. Whoever acts on a stream
        without an owner has no name.
        """
        change = stream.change(self.cause(request))
        if self.member is None and (self.grant == Grant.ID or not self.may_change(before)):
            return await arun(change)
        if self.member is None and self.grant == Grant.OWNER:
            if taken := await arun(change):
                await database_sync_to_async(self._end)(request, stream.stream_id)
            return taken
        entry = await database_sync_to_async(self._begin)(request, stream.stream_id)
        taken = await arun(change)
        await database_sync_to_async(entry.end)(taken=taken)
        return taken

    def _begin(self, request: HttpRequest, stream_id: str) -> AuditEntry:
        entry = self._entry(request, stream_id)
        entry.begin()
        return entry

    def _end(self, request: HttpRequest, stream_id: str) -> None:
        self._entry(request, stream_id).end(taken=True)

    def _entry(self, request: HttpRequest, stream_id: str) -> AuditEntry:
        if self.member is not None:
            who, via = str(self.member.get_username()), "http"
        else:
            who, via = owners.name_of(request), str(self.grant)
        reason = str(request.GET.get("reason", ""))[:255]
        return AuditEntry(stream_id, who, self.action, reason, via)


class CancelConsumer(ActionConsumer):
    """`POST /streams/<uuid>/cancel/`: the producers are told to stop, and the stream has failed."""

    action = StreamAction.CANCEL

    def cause(self, request: HttpRequest) -> Cause:
        return causes.CANCEL

    def may_change(self, before: Snapshot) -> bool:
        # A stream that was stopped is condemned by a cancel.
        return super().may_change(before) or not (before.terminal or before.verdict)


class StopConsumer(ActionConsumer):
    """`POST /streams/<uuid>/stop/`: the producers are told that it is enough.

    The readers hear by which right it was stopped, and never a name.
    """

    action = StreamAction.STOP

    def cause(self, request: HttpRequest) -> Cause:
        by = str(self.grant) if self.member is None else "staff"
        places = (_place(request, name) for name in ("heard_ms", "heard_offset"))
        return causes.stop(by, *places)


def _place(request: HttpRequest, name: str) -> int | None:
    given = request.GET.get(name)
    if given is None:
        return None
    place = whole_number(given)
    if place is None or place > LARGEST_PLACE:
        raise Refusal(400, "must be a whole number from 0", name)
    return place


def _still_admits(request: HttpRequest, snapshot: Snapshot) -> bool:
    """Return whether the sender of a request that was renewed may still read, in a thread."""
    by_token = staff.bearer(request) is not None
    if by_token and staff.member(request, snapshot.stream_id, StreamAction.READ) is not None:
        return True
    return authorization.still_admits(request, snapshot)
