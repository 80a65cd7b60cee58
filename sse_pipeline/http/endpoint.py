"""An HTTP endpoint without middleware: checks, method, body, and a reply that always ends.

Django's middleware runs for views alone. An endpoint checks host, origin and CSRF itself, as
`access.origins` says.
"""

import asyncio
import json
from collections.abc import Mapping
from contextlib import suppress
from io import BytesIO
from typing import Any

from channels.generic.http import AsyncHttpConsumer
from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.core.handlers.asgi import ASGIRequest

from .. import conf, signals
from ..access import origins
from ..escaping import make_logger
from ..exceptions import StoreUnavailable, TooManyOpen
from ..streams.reader import ChunkSource
from .admission import RETRY_AFTER, document_of, status_of
from .delivery import Delivery, Disconnected
from .replies import HEADERS, Reply
from .shutdown import process_end

logger = make_logger(__name__)


class Refusal(Exception):
    """A request is refused with a status and `{"error": …, "field": …}`."""

    def __init__(self, status: int, error: str, field: str | None = None) -> None:
        super().__init__(error)
        self.status = status
        self.document = {"error": error} | ({"field": field} if field else {})


class Endpoint(AsyncHttpConsumer):  # type: ignore[misc]
    """A consumer that notices a disconnect at once, and never leaves a client hanging.

    A subclass has a coroutine `get` or `post` for each method that it serves, which takes an
    `ASGIRequest`. `HEAD` goes to `get`; `OPTIONS` and other methods are answered here. A POST whose
    rights a browser sends by itself needs a CSRF token.
    """

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        self.scope = scope
        self.base_send = send
        self.base_receive = receive
        self._started = False
        self._checked = False
        process_end.install()
        with suppress(Disconnected):
            try:
                await self._answer()
            except Disconnected:
                raise
            except Exception:
                logger.exception("%s %s failed", scope["method"], scope["path"])
                if not self._started:
                    await self.reply_json(500, {"error": "internal error"})

    async def send(self, message: dict[str, Any]) -> None:
        """Hand a message to the server.

        Raises:
            Disconnected: The server takes no more for this client.
        """
        try:
            await self.base_send(message)
        except Exception as error:
            logger.info("%s: the server takes no more: %r", self.scope["path"], error)
            raise Disconnected from error

    async def receive(self) -> dict[str, Any]:
        """Wait for a part of the body.

        Raises:
            Disconnected: The client is gone.
        """
        try:
            message: dict[str, Any] = await self.base_receive()
        except Exception as error:
            logger.info("%s: the server lost the client: %r", self.scope["path"], error)
            raise Disconnected from error
        if message["type"] == "http.disconnect":
            raise Disconnected
        return message

    async def _answer(self) -> None:
        try:
            self.request = self._parse(b"")
            self._check()
            self.request = self._parse(await self._body())
            await self._dispatch()
        except Refusal as refusal:
            await self.reply_json(refusal.status, refusal.document)
        except TooManyOpen as error:
            headers = {"Retry-After": str(RETRY_AFTER)}
            await self.reply_json(status_of(error), document_of(error), headers)
        except StoreUnavailable:
            logger.exception("%s %s", self.scope["method"], self.scope["path"])
            await self.reply_json(503, {"error": "the streams can't be reached now"})
        except (SuspiciousOperation, BadRequest) as error:
            if self._started:
                raise
            # Django refuses the request: more fields than DATA_UPLOAD_MAX_NUMBER_FIELDS, and so on.
            status = 413 if isinstance(error, RequestDataTooBig) else 400
            await self.reply_json(status, {"error": str(error)})

    def _parse(self, body: bytes) -> ASGIRequest:
        try:
            return ASGIRequest(self.scope, BytesIO(body))
        except UnicodeDecodeError:
            raise Refusal(400, "the request is not in UTF-8") from None

    def _check(self) -> None:
        if not origins.host_allowed(self.request):
            raise Refusal(400, "this host is not served", "Host")
        if not origins.origin_allowed(self.request):
            raise Refusal(403, "requests from this origin are not served", "Origin")
        self._checked = True

    async def _dispatch(self) -> None:
        method = str(self.request.method)
        if method == "OPTIONS":
            await self.reply(204, {"Allow": self.allowed})
        elif method not in self.allowed.split(", "):
            await self.reply_json(405, {"error": f"{method} is not served here"})
        elif method == "POST":
            await self.check_csrf()
            await self.post(self.request)
        else:
            await self.get(self.request)

    async def check_csrf(self, *, by_cookie: bool = False) -> None:
        """Check for a CSRF token, if the request needs one: see `access.origins.csrf_passed`.

        Raises:
            Refusal: 403.
        """
        if not await origins.acsrf_passed(self.request, by_cookie=by_cookie):
            raise Refusal(403, "the CSRF token is missing or wrong", "X-CSRFToken")

    @property
    def allowed(self) -> str:
        """The methods that are served, as the `Allow` header lists them."""
        methods = ["GET", "HEAD"] if hasattr(self, "get") else []
        return ", ".join([*methods, *(["POST"] if hasattr(self, "post") else []), "OPTIONS"])

    async def reply(
        self, status: int, headers: Mapping[str, str] | None = None, body: bytes = b""
    ) -> None:
        """Send a whole reply, with the headers of every reply."""
        await self._start(status, headers or {})
        await self.send_body(b"" if self.scope["method"] == "HEAD" else body)

    async def reply_json(
        self, status: int, document: Mapping[str, Any], headers: Mapping[str, str] | None = None
    ) -> None:
        """Send a JSON document."""
        extra = {"Content-Type": "application/json", **(headers or {})}
        if status == 405:
            extra["Allow"] = self.allowed
        if status in {408, 413} and not self.scope.get("http_version", "").startswith("2"):
            extra["Connection"] = "close"  # the rest of the body is not wanted
        await self.reply(status, extra, json.dumps(document).encode())

    async def serve(
        self, reply: Reply[ChunkSource], headers: Mapping[str, str] | None = None
    ) -> None:
        """Send the events of a stream until it has ended or the client is gone."""
        merged = {**reply.headers(), **(headers or {})}
        if reply.reader is None:
            await self.reply(reply.status, merged)
            return
        await self._start(reply.status, merged)
        await self.delivery().run(reply.reader)

    def delivery(self) -> Delivery:
        """Return the delivery of a stream to this client."""
        return Delivery(self.scope, self.receive, self.send)

    async def _start(self, status: int, headers: Mapping[str, str]) -> None:
        merged = {**HEADERS, **self._cors_headers(), **headers}
        if status == 204:
            merged.pop("Content-Type", None)
        self._started = True
        await self.send_headers(
            status=status,
            headers=[(name.lower().encode(), value.encode()) for name, value in merged.items()],
        )

    def _cors_headers(self) -> Mapping[str, str]:
        if not self._checked:
            return {}
        methods = self.allowed if self.scope["method"] == "OPTIONS" else ""
        return origins.cors_headers(self.request, methods)

    async def _body(self) -> bytes:
        settings = conf.get()
        try:
            async with asyncio.timeout(settings.BODY_TIMEOUT):
                return await self._read_body(settings.MAX_BODY_BYTES)
        except TimeoutError:
            signals.notify_limit("BODY_TIMEOUT")
            error = f"the body did not come within {settings.BODY_TIMEOUT:g} s"
            raise Refusal(408, error) from None

    async def _read_body(self, limit: int) -> bytes:
        length = self.request.headers.get("Content-Length") or "0"
        if not (length.isascii() and length.isdecimal()):
            raise Refusal(400, "is not a number", "Content-Length")
        size = int(length) if len(length) < 20 else limit + 1
        body, more = bytearray(), True
        while more and size <= limit:
            message = await self.receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
            size = max(size, len(body))
        if size > limit:
            signals.notify_limit("MAX_BODY_BYTES")
            raise Refusal(413, f"the body is larger than {limit} bytes")
        return bytes(body)
