"""Middleware around a whole application: the `send` of the server is behind its own."""

import asyncio
import functools
from collections.abc import Callable, Mapping
from typing import Any

Application = Callable[[Any, Any, Any], Any]


def closure(application: Application) -> Application:
    """Wrap `send` in five lines, as most middleware does."""

    async def wrapped(scope: Any, receive: Any, send: Any) -> None:
        async def send_wrapped(message: Any) -> None:
            await send(message)

        await application(scope, receive, send_wrapped)

    return wrapped


class Sender:
    """A `send` that is an object."""

    __slots__ = ("_forward",)

    def __init__(self, send: Any) -> None:
        self._forward = functools.partial(send)

    async def __call__(self, message: Any) -> None:
        await self._forward(message)


def layers(application: Application) -> Application:
    """Wrap `send` in an object, a partial, and eight closures."""

    async def wrapped(scope: Any, receive: Any, send: Any) -> None:
        await application(dict(scope), receive, Sender(send))

    outer: Application = wrapped
    for _ in range(8):
        outer = closure(outer)
    return outer


def opentelemetry(application: Application) -> Application:
    from opentelemetry.instrumentation.asgi import OpenTelemetryMiddleware

    middleware: Application = OpenTelemetryMiddleware(application)
    return middleware


def sentry(application: Application) -> Application:
    import sentry_sdk
    from sentry_sdk.envelope import Envelope
    from sentry_sdk.integrations.asgi import SentryAsgiMiddleware
    from sentry_sdk.integrations.django import DjangoIntegration
    from sentry_sdk.transport import Transport

    class Nowhere(Transport):
        def capture_envelope(self, envelope: Envelope) -> None:
            pass

    sentry_sdk.init(
        dsn="http://public@127.0.0.1:1/1",
        transport=Nowhere,
        traces_sample_rate=1.0,
        auto_enabling_integrations=False,  # it would import all that is installed
        integrations=[DjangoIntegration()],
    )
    return SentryAsgiMiddleware(application)


def hidden(application: Application) -> Application:
    """Run the application in a task that knows nothing of the server, as some frameworks do."""

    async def wrapped(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await application(scope, receive, send)
            return
        pipes = Pipes()
        tasks = [
            asyncio.create_task(pipes.run(application, scope)),
            asyncio.create_task(pipes.listen(receive)),
        ]
        try:
            await pipes.forward(send)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    return wrapped


class Pipes:
    """What an application receives and sends, in queues. A send waits until it is forwarded."""

    def __init__(self) -> None:
        self._received: asyncio.Queue[Any] = asyncio.Queue()
        self._sent: asyncio.Queue[Any] = asyncio.Queue()

    async def run(self, application: Application, scope: Any) -> None:
        try:
            await application(scope, self._received.get, self._send)
        finally:
            self._sent.put_nowait(None)

    async def listen(self, receive: Any) -> None:
        message = {"type": ""}
        while message["type"] != "http.disconnect":
            message = await receive()
            self._received.put_nowait(message)

    async def forward(self, send: Any) -> None:
        while (message := await self._sent.get()) is not None:
            await send(message)
            self._sent.task_done()

    async def _send(self, message: Any) -> None:
        self._sent.put_nowait(message)
        await self._sent.join()


WRAPPERS: Mapping[str, Callable[[Application], Application]] = {
    "plain": lambda application: application,
    "closure": closure,
    "layers": layers,
    "opentelemetry": opentelemetry,
    "sentry": sentry,
    "hidden": hidden,
}
