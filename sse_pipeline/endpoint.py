"""An HTTP endpoint without middleware: checks, method, body, and a reply that always ends."""

import asyncio
import json
import logging
from collections.abc import Mapping
from contextlib import aclosing
from io import BytesIO
from typing import Any, ClassVar

from asgiref.sync import sync_to_async
from channels.generic.http import AsyncHttpConsumer
from django.core.handlers.asgi import ASGIRequest

from . import conf, origins, shutdown, transport
from .reader import Reader
from .replies import HEADERS, Reply

logger = logging.getLogger(__name__)


class Refusal(Exception):
    """A request that is answered with a status and `{"error": …, "field": …}`."""

    def __init__(self, status: int, error: str, field: str | None = None) -> None:
        super().__init__(error)
        self.status = status
        self.document = {"error": error} | ({"field": field} if field else {})


class Endpoint(AsyncHttpConsumer):  # type: ignore[misc]
    """A consumer that notices a disconnect at once, and never leaves a client hanging.

    A subclass has a coroutine `get` or `post` for what it takes, called with an `ASGIRequest`.
    `HEAD` goes to `get`; `OPTIONS` and other methods are answered here.
    """

    #: Whether a POST is checked for a CSRF token where it carries a session's cookie.
    csrf_checked: ClassVar[bool] = True

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        self.scope = scope
        self.base_send = send
        self._receive = receive
        self._started = False
        self._gone = False
        shutdown.install()
        try:
            await self._answer()
        except _Disconnected:
            return
        except Exception:
            logger.exception("%s %s failed", scope["method"], scope["path"])
            if not self._started:
                await self.reply_json(500, {"error": "internal error"})

    async def _answer(self) -> None:
        self.request = ASGIRequest(self.scope, BytesIO())
        try:
            self._check()
            self.request = ASGIRequest(self.scope, BytesIO(await self._body()))
            await self._dispatch()
        except Refusal as refusal:
            await self.reply_json(refusal.status, refusal.document)

    def _check(self) -> None:
        if not origins.host_allowed(self.request):
            raise Refusal(400, "this host is not served", "Host")
        if not origins.origin_allowed(self.request):
            raise Refusal(403, "requests from this origin are not served", "Origin")

    async def _dispatch(self) -> None:
        method = str(self.request.method)
        if method == "OPTIONS":
            await self.reply(204, {"Allow": self.allowed})
        elif method not in self.allowed.split(", "):
            await self.reply_json(405, {"error": f"{method} is not served here"})
        elif method == "POST":
            if self.csrf_checked and not await sync_to_async(origins.csrf_passed)(self.request):
                raise Refusal(403, "the CSRF token is missing or wrong", "X-CSRFToken")
            await self.post(self.request)
        else:
            await self.get(self.request)

    @property
    def allowed(self) -> str:
        """The methods that are served, as in the `Allow` header."""
        methods = ["GET", "HEAD"] if hasattr(self, "get") else []
        return ", ".join([*methods, *(["POST"] if hasattr(self, "post") else []), "OPTIONS"])

    async def reply(
        self, status: int, headers: Mapping[str, str] | None = None, body: bytes = b""
    ) -> None:
        """Send a whole reply, with the headers that every reply carries."""
        await self._start(status, headers or {})
        await self.send_body(b"" if self.request.method == "HEAD" else body)

    async def reply_json(
        self, status: int, document: Mapping[str, Any], headers: Mapping[str, str] | None = None
    ) -> None:
        """Send a JSON document."""
        extra = {"Content-Type": "application/json", **(headers or {})}
        if status == 405:
            extra["Allow"] = self.allowed
        await self.reply(status, extra, json.dumps(document).encode())

    async def serve(self, reply: Reply, headers: Mapping[str, str] | None = None) -> None:
        """Send the events of a stream until it has ended, or the client is gone."""
        if reply.reader is None:
            await self.reply(reply.status, {**reply.headers(), **(headers or {})})
            return
        await self._start(reply.status, {**reply.headers(), **(headers or {})})
        watching = asyncio.ensure_future(self._watch(reply.reader))
        try:
            await self._pump(reply.reader)
        except TimeoutError:
            logger.info("let go of a reader that is too slow: %s", self.scope["path"])
            self._gone = True
            transport.of(self.scope).abort()
        except asyncio.CancelledError:
            await self._say_goodbye(reply.reader)
            raise
        except Exception:
            logger.exception("%s broke off", self.scope["path"])
        finally:
            watching.cancel()
            if not self._gone:
                await self.send_body(b"")

    async def _pump(self, reader: Reader) -> None:
        timeout = conf.get().WRITE_TIMEOUT
        connection = transport.of(self.scope)
        async with aclosing(aiter(reader)) as chunks:
            async for chunk in chunks:
                async with asyncio.timeout(timeout):
                    await self.send_body(chunk, more_body=True)
                    if connection.full:
                        await connection.drain()

    async def _say_goodbye(self, reader: Reader) -> None:
        """Deliver the end of a stream that this server ends by cancelling its consumers."""
        if shutdown.began():
            shutdown.end_streams()
            if rest := reader.rest():
                await self.send_body(rest, more_body=True)

    async def _watch(self, reader: Reader) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self._gone = True
        reader.close()

    async def _start(self, status: int, headers: Mapping[str, str]) -> None:
        methods = self.allowed if self.request.method == "OPTIONS" else ""
        merged = {**HEADERS, **origins.cors_headers(self.request, methods), **headers}
        if status == 204:
            merged.pop("Content-Type", None)
        self._started = True
        await self.send_headers(
            status=status,
            headers=[(name.lower().encode(), value.encode()) for name, value in merged.items()],
        )

    async def _body(self) -> bytes:
        limit, body, more = conf.get().MAX_BODY_BYTES, bytearray(), True
        while more:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise _Disconnected
            body += message.get("body", b"")
            more = message.get("more_body", False)
            if len(body) > limit:
                raise Refusal(413, f"the body is larger than {limit} bytes")
        return bytes(body)


class _Disconnected(Exception):
    pass
