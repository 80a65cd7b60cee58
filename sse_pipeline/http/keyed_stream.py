"""A stream that a request opens once, however often it is sent: the header `Idempotency-Key`."""

from __future__ import annotations

import hashlib

from django.core.files.uploadedfile import UploadedFile
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

        The key belongs to the `holder`: by default to the owner of the stream. Holders and owners
        of one name have keys of their own.

        Raises:
            Refusal: With the status 400: there is no holder, or the key is too long; with 422: the
                key was used for another path, query or body.
            RawPostDataException: The body was read as a stream. Read `request.body` before that.
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
        owner = self._stream.owner
        if not holder and owner is None:
            raise Refusal(400, "needs a sender who can be told apart from others", HEADER)
        # Whoever may choose the name of a holder must not push out the keys of an owner.
        whose = f"holder {holder}" if holder else f"owner {owner}"
        try:
            return (yield from self._stream.open_once(PostedKey(whose, key, _asked(request))))
        except KeyReused:
            raise Refusal(422, "was used for another request", HEADER) from None


def _asked(request: HttpRequest) -> bytes:
    """Return all of a request that has to be the same for its key: method, path, query, body."""
    line = f"{request.method} {request.get_full_path()}".encode()
    # Each try of a browser has another boundary, and the check for CSRF has read the form already.
    is_form = request.headers.get("Content-Type", "").startswith("multipart/form-data")
    return b"\0".join([line, _form_of(request) if is_form else request.body])


def _form_of(request: HttpRequest) -> bytes:
    files = [
        (name, file.name, _digest_of(file))
        for name, several in request.FILES.lists()
        for file in several
    ]
    form = repr(([*request.POST.lists()], files))
    return form.encode(errors="surrogatepass")


def _digest_of(file: UploadedFile[bytes]) -> str:
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    return digest.hexdigest()
