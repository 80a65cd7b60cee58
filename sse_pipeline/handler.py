"""The handler: what the producers of a stream hold."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Any

from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponseBase

from . import access, causes, conf, replies
from .component import ComponentContext, component_of
from .conf import UNSET, Unset
from .exceptions import InvalidComponent
from .flags import Flag
from .operations import arun, run
from .reader import Reader
from .registry import Component, Registry, is_duration
from .snapshot import Limits, Snapshot
from .stream import Stream, Summary


class SSEHandler:
    """One stream, for those who produce it; safe to use from any thread and any event loop.

    Nothing is stored before the first call that needs it, so that making one is free. Each method
    with a twin in `a…` answers at once on the memory store, in an event loop too; on a shared store
    it blocks for a round trip, and refuses to do so in a running loop.

    `components` names the components that will register, or gives `Component`s; `deadline` is the
    stream's whole life in seconds, `DEADLINE` if not given; `owner` is a user, a request, a scope
    or a string: see `access`.
    """

    def __init__(
        self,
        *,
        owner: Any = None,
        components: Iterable[str | Component] = (),
        deadline: float | Unset | None = UNSET,
    ) -> None:
        settings = conf.get()
        stream_id = str(uuid.uuid4())
        draft = Snapshot(
            stream_id,
            registry=_declared(components),
            owner=access.owner_of(owner),
            limits=Limits(
                deadline=_deadline(deadline, settings),
                drain_silence=settings.DRAIN_SILENCE,
                drain_limit=settings.DRAIN_LIMIT,
            ),
        )
        self._stream = Stream(stream_id, draft)

    # What it is

    @property
    def stream_id(self) -> str:
        """The id of the stream: an unguessable UUID."""
        return self._stream.stream_id

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.stream_id}>"

    @classmethod
    def attach(cls, stream_id: str | uuid.UUID) -> SSEHandler:
        """Return a handler of a stream that is open or still kept. Raises `StreamNotFound`."""
        handler = cls._of(stream_id)
        handler.snapshot()
        return handler

    @classmethod
    async def aattach(cls, stream_id: str | uuid.UUID) -> SSEHandler:
        """Return a handler of a stream without blocking the event loop."""
        handler = cls._of(stream_id)
        await handler.asnapshot()
        return handler

    @classmethod
    def _of(cls, stream_id: str | uuid.UUID) -> SSEHandler:
        handler = cls.__new__(cls)
        handler._stream = Stream(str(stream_id))  # noqa: SLF001
        return handler

    def snapshot(self) -> Snapshot:
        """Return the stream as it is now."""
        return run(self._stream.look(), "asnapshot")

    async def asnapshot(self) -> Snapshot:
        """Return the stream as it is now, without blocking the event loop."""
        return await arun(self._stream.look())

    # Components

    def register_component(
        self,
        name: str,
        required: bool = True,
        timeout: float | Unset | None = UNSET,
        claim: bool = True,
    ) -> None:
        """Register a producer: the stream stays open until it has settled.

        `timeout` is the silence in seconds after which it counts as timed out: by default
        `COMPONENT_TIMEOUT`, None for never. To register a pending component again in the same way
        changes nothing, but that this process works on it now: it is `lost` when that dies. With
        `claim=False` another process will, and has `CLAIM_TIMEOUT` seconds to begin. Raises
        `AlreadyRegistered`, `RegistryClosed`, `StreamEnded` and `InvalidComponent`.
        """
        component = component_of(name, required, timeout, claim)
        run(self._stream.register(component), "aregister_component")

    async def aregister_component(
        self,
        name: str,
        required: bool = True,
        timeout: float | Unset | None = UNSET,
        claim: bool = True,
    ) -> None:
        """Register a producer without blocking the event loop."""
        await arun(self._stream.register(component_of(name, required, timeout, claim)))

    def mark_component_complete(self, name: str, *, summary: Summary = None) -> bool:
        """Settle a component; the stream ends with the last. False if it was not pending.

        `summary` is what the component says of its work, a mapping that JSON has a form for: it
        stands in the ledger of the terminal frame. Raises `InvalidFrame`.
        """
        return run(self._stream.complete(name, summary), "amark_component_complete")

    async def amark_component_complete(self, name: str, *, summary: Summary = None) -> bool:
        """Settle a component without blocking the event loop."""
        return await arun(self._stream.complete(name, summary))

    def fail_component(
        self, name: str, error: BaseException | str, *, summary: Summary = None
    ) -> bool:
        """Settle a component as failed, or `cancelled` by a `CancelledError`; False if not pending.

        A required one decides that the stream ends `errored`, and leaves the others `DRAIN_LIMIT`
        seconds. The error is logged; the reader sees its text only if `EXPOSE_ERRORS` is set.
        """
        return run(self._stream.fail(name, error, summary), "afail_component")

    async def afail_component(
        self, name: str, error: BaseException | str, *, summary: Summary = None
    ) -> bool:
        """Settle a component as failed without blocking the event loop."""
        return await arun(self._stream.fail(name, error, summary))

    def component(
        self, name: str, required: bool = True, timeout: float | Unset | None = UNSET
    ) -> ComponentContext:
        """Return a context, synchronous or asynchronous, in which a component does its work.

        It is registered unless it is pending already, and settles with the context: `complete`, or
        `failed` by an exception, or `cancelled` with its task.
        """
        return ComponentContext(self._stream, component_of(name, required, timeout))

    # Frames

    def send(self, event: str, /, *, component: str | None = None, **fields: Any) -> None:
        """Send an event; it counts for the component, or else for the only one that is pending.

        `fields` are what `DjangoJSONEncoder` encodes. Raises `InvalidFrame` that names the field,
        `FrameTooLarge`, which ends the stream, and `StreamEnded`.
        """
        run(self._stream.send(event, component, fields), "asend")

    async def asend(self, event: str, /, *, component: str | None = None, **fields: Any) -> None:
        """Send an event, and wait for room in the store without blocking the event loop."""
        await arun(self._stream.send(event, component, fields))

    def note(self, component: str, text: str) -> None:
        """Note what a component is at, for those who inspect the stream; a sign of life."""
        self._stream.note(component, text)

    def send_error(
        self, message: str, *, component: str = "", code: str | None = None, fatal: bool = True
    ) -> bool:
        """Tell the reader of an error; a fatal one decides that the stream will end `errored`.

        It does not end the stream. False after the end.
        """
        cause = causes.report_error(str(message), component, code, fatal)
        return run(self._stream.change(cause), "asend_error")

    async def asend_error(
        self, message: str, *, component: str = "", code: str | None = None, fatal: bool = True
    ) -> bool:
        """Tell the reader of an error without blocking the event loop."""
        return await arun(
            self._stream.change(causes.report_error(str(message), component, code, fatal))
        )

    # The end

    def mark_complete(self) -> bool:
        """Register no more: the stream ends when all that is pending has settled.

        The wait is bounded by `DRAIN_SILENCE`. False if it is draining or has ended.
        """
        return run(self._stream.change(causes.MARK_COMPLETE), "amark_complete")

    async def amark_complete(self) -> bool:
        """Register no more, without blocking the event loop."""
        return await arun(self._stream.change(causes.MARK_COMPLETE))

    def cancel(self) -> bool:
        """Tell the producers to stop: the stream ends within `DRAIN_LIMIT`. False after the end."""
        return run(self._stream.change(causes.CANCEL), "acancel")

    async def acancel(self) -> bool:
        """Tell the producers to stop, without blocking the event loop."""
        return await arun(self._stream.change(causes.CANCEL))

    @property
    def is_complete(self) -> Flag:
        """Set by any terminal state: `is_set()`, `wait(timeout)`."""
        return self._stream.flag("ended")

    async def ended(self) -> None:
        """Wait for the terminal state."""
        await self.is_complete.await_set()

    @property
    def cancelled(self) -> bool:
        """Whether producers should stop: the stream was cancelled, or has failed."""
        return self._stream.flag("cancelled").is_set()

    async def cancellation(self) -> bool:
        """Wait until producers should stop; False if the stream ended without."""
        return await self._stream.flag("cancelled").await_set()

    # Reading

    def __iter__(self) -> Iterator[bytes]:
        """Iterate over the encoded frames from the first to the terminal one; takes a thread."""
        return iter(run(self._stream.read(), "async for"))

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Iterate over the encoded frames from the first to the terminal one."""
        async for frame in await arun(self._stream.read()):
            yield frame

    def response(self, request: HttpRequest) -> HttpResponseBase:
        """Return the stream as the response of a view; it resumes, and answers 204 after the end.

        404 for those who may not read it. Under WSGI it takes a thread while it is read.
        """
        reply = replies.NOT_FOUND
        if access.admits(request, self.snapshot()):
            reply = run(self._stream.events(request), "aresponse")
        return replies.to_django(reply, asynchronous=isinstance(request, ASGIRequest))

    async def areply(self, request: HttpRequest) -> replies.Reply[Reader]:
        """Return what a consumer is to answer a reader that was admitted."""
        return await arun(self._stream.events(request))

    async def aresponse(self, request: HttpRequest) -> HttpResponseBase:
        """Return the response of an asynchronous view."""
        reply = replies.NOT_FOUND
        if await access.aadmits(request, await self.asnapshot()):
            reply = await self.areply(request)
        return replies.to_django(reply, asynchronous=True)


def _declared(components: Iterable[str | Component]) -> Registry:
    if isinstance(components, str):
        raise InvalidComponent(f"components: {components!r} is one name; give a list of names")
    registry = Registry()
    for each in components:
        component = each if isinstance(each, Component) else component_of(each, True, UNSET)
        if registry.get(component.name):
            raise InvalidComponent(f"components: {component.name!r} is named twice")
        registry = registry.put(component)
    return registry


def _deadline(given: float | Unset | None, settings: conf.Settings) -> float | None:
    if isinstance(given, Unset):
        return settings.DEADLINE
    if given is not None and not is_duration(given):
        raise ValueError(f"deadline: {given!r} is no positive number of seconds")
    return given
