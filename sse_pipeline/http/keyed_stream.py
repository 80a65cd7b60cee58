"""A stream that a request opens once, however often it is sent: the header `Idempotency-Key`."""

from __future__ import annotations

from django.http import HttpRequest

from ..exceptions import KeyReused
from ..streams.idempotency import LONGEST_KEY, PostedKey
from ..streams.operations import StreamOperations
from ..streams.plans import Plan, arun, run
from .endpoint import Refusal

HEADER = "Idempotency-Key"


class KeyedStream:
    """The part of `SSEHandler` that opens a stream for the key of a request."""

    _stream: StreamOperations

    def open_once(self, request: HttpRequest, *, holder: str | None = None) -> bool:
        """Open the stream, unless a stream answers the `Idempotency-Key` of a request already.

        Return False in that case. The handler is one of that stream then: whoever produces must
        not begin, and the reply is that of the first request. Of requests that come at once, in any
        process that shares the store, one opens the stream. A request without the header opens it.

        The key belongs to the `holder`: by default to the owner of the stream.

        Raises:
            Refusal: With the status 400: there is no holder, or the key is too long; with 422: the
                key was used for another path or body.
            TooManyOpen: This process or the owner has `STREAMS` or `OWNER_STREAMS` open.
            ImproperlyConfigured: The store keeps no keys.
        """
        return run(self._open_once(request, holder), "aopen_once")

    async def aopen_once(self, request: HttpRequest, *, holder: str | None = None) -> bool:
        """Open the stream once without blocking the event loop."""
        return await arun(self._open_once(request, holder))

    def _open_once(self, request: HttpRequest, holder: str | None) -> Plan[bool]:
        key = request.headers.get(HEADER, "")
        if len(key) > 1 and key[0] == key[-1] == '"':  # a string, as the draft of the IETF has it
            key = key[1:-1]
        if not key:
            yield from self._stream.open()
            return True
        if len(key) > LONGEST_KEY:
            raise Refusal(400, f"must not be longer than {LONGEST_KEY} characters", HEADER)
        holder = holder or self._stream.owner
        if holder is None:
            raise Refusal(400, "needs a sender who can be told apart from others", HEADER)
        asked = b"\0".join([str(request.method).encode(), request.path.encode(), request.body])
        try:
            return (yield from self._stream.open_once(PostedKey(holder, key, asked)))
        except KeyReused:
            raise Refusal(422, "was used for another request", HEADER) from None
