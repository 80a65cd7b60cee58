"""The handler: what the producers of a stream hold."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any, Self

from . import stores
from .access import owners
from .conf import UNSET, Unset
from .exceptions import StreamNotFound
from .http.keyed_stream import KeyedStream
from .http.readable_stream import ReadableStream
from .lifecycle.registry import Component
from .streams import stream_keys
from .streams.component import ComponentContext, Retrying, make_component
from .streams.drafts import make_draft
from .streams.endable_stream import EndableStream
from .streams.operations import StreamOperations
from .streams.plans import arun, run
from .streams.reports import Summary


class SSEHandler(ReadableStream, KeyedStream, EndableStream):
    """One stream, for its producers; safe to use from any thread and any event loop.

    Nothing is stored before the first call that needs it: to make a handler is free. Each call that
    may have to wait for the store has an asynchronous twin `a…`. On the memory store the plain
    calls never wait, even in an event loop. On a shared store they block for a round trip, and
    raise `SynchronousOnlyOperation` in a running loop. If a twin is cancelled, the store may have
    done what it was asked for, or not.

    Args:
        owner: A user, a request, a scope or a string: see `access.owners`.
        components: Names of components that will register, or each as a `Component`.
        deadline: The whole life of the stream in seconds; by default the setting `DEADLINE`.
    """

    def __init__(
        self,
        *,
        owner: Any = None,
        components: Iterable[str | Component] = (),
        deadline: float | Unset | None = UNSET,
    ) -> None:
        draft = make_draft(owners.owner_of(owner), components, deadline)
        self._stream = StreamOperations(draft.stream_id, draft)

    # The stream

    @property
    def stream_id(self) -> str:
        """The id of the stream: an unguessable UUID."""
        return self._stream.stream_id

    @property
    def owner(self) -> str | None:
        """The owner of the stream; None if it has none."""
        return self._stream.owner

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.stream_id}>"

    @classmethod
    def attach(cls, stream_id: str | uuid.UUID) -> Self:
        """Return a handler of a stream that is open or still kept.

        Raises:
            StreamNotFound: The stream never existed, or the store has forgotten it.
        """
        handler = cls._of(stream_id)
        handler.snapshot()
        return handler

    @classmethod
    async def aattach(cls, stream_id: str | uuid.UUID) -> Self:
        """Return a handler of a stream without blocking the event loop."""
        handler = cls._of(stream_id)
        await handler.asnapshot()
        return handler

    @classmethod
    def _of(cls, stream_id: str | uuid.UUID) -> Self:
        try:
            stream_id = uuid.UUID(str(stream_id))
        except ValueError:
            raise StreamNotFound(f"stream {stream_id!a} never existed: an id is a UUID") from None
        handler = cls.__new__(cls)
        handler._stream = StreamOperations(str(stream_id))  # noqa: SLF001 - its own class
        return handler

    @classmethod
    def get_or_open(
        cls,
        key: str,
        *,
        owner: Any = None,
        components: Iterable[str | Component] = (),
        deadline: float | Unset | None = UNSET,
    ) -> tuple[Self, bool]:
        """Return the open stream of a key and an owner, or a new one; and whether it is new.

        Of callers that come at once, in any process that shares the store, one gets a new stream.
        A stream that has ended is replaced by a new one, which has an id of its own. The
        `components` and the `deadline` are those of a new stream.

        Raises:
            ValueError: The key is not a string of at most 255 characters.
            ImproperlyConfigured: The store keeps no keys.
        """
        draft = make_draft(owners.owner_of(owner), components, deadline)
        digest = stream_keys.digest_of(key, draft.owner)
        twin = "aget_or_open"
        stream_id, is_new = run(stream_keys.settle(stores.current(), digest, draft), twin)
        return cls.attach(stream_id), is_new

    @classmethod
    async def aget_or_open(
        cls,
        key: str,
        *,
        owner: Any = None,
        components: Iterable[str | Component] = (),
        deadline: float | Unset | None = UNSET,
    ) -> tuple[Self, bool]:
        """Return the same without blocking the event loop."""
        draft = make_draft(owners.owner_of(owner), components, deadline)
        digest = stream_keys.digest_of(key, draft.owner)
        stream_id, is_new = await arun(stream_keys.settle(stores.current(), digest, draft))
        return await cls.aattach(stream_id), is_new

    def open(self) -> None:
        """Store the stream, unless it is stored: from here on its id finds it.

        Every other call that needs the stream stores it, too. Call this before an id is given out
        whose producer starts later.
        """
        run(self._stream.open(), "aopen")

    async def aopen(self) -> None:
        """Store the stream without blocking the event loop. If cancelled, it is stored or not."""
        await arun(self._stream.open())

    # Components

    def register_component(
        self,
        name: str,
        required: bool = True,
        timeout: float | Unset | None = UNSET,
        claim: bool = True,
        *,
        attempts: int = 1,
    ) -> None:
        """Register a component: the stream stays open until it has settled.

        A component that is silent for `timeout` seconds counts as timed out. The default is the
        setting `COMPONENT_TIMEOUT`; None means never. To register a pending component again with
        equal options changes nothing, except that this process works on it now, and it is `lost` if
        this process dies. With `claim=False` another process works on it, which has `CLAIM_TIMEOUT`
        seconds to begin.

        A component with `attempts` that is lost with its process, or that fails with an error of
        `retry_on` (see `component`), waits `CLAIM_TIMEOUT` seconds for the next attempt.

        Raises:
            AlreadyRegistered: It is registered with other options, or has settled.
            RegistryClosed: The stream is draining.
            StreamEnded: The stream has ended.
            InvalidComponent: The name or an option can't be used.
            LimitReached: The stream has `COMPONENTS`.
        """
        component = make_component(name, required, timeout, claim, attempts=attempts)
        run(self._stream.register(component), "aregister_component")

    async def aregister_component(
        self,
        name: str,
        required: bool = True,
        timeout: float | Unset | None = UNSET,
        claim: bool = True,
        *,
        attempts: int = 1,
    ) -> None:
        """Register a component without blocking the event loop."""
        component = make_component(name, required, timeout, claim, attempts=attempts)
        await arun(self._stream.register(component))

    def mark_component_complete(self, name: str, *, summary: Summary = None) -> bool:
        """Settle a component; the last one ends the stream. Return False if it was not pending.

        `summary` is a mapping that JSON can encode. It goes into the ledger of the terminal frame.

        Raises:
            InvalidFrame: The summary can't be encoded.
            LimitReached: It takes more than `MAX_SUMMARY_BYTES`.
        """
        return run(self._stream.complete(name, summary), "amark_component_complete")

    async def amark_component_complete(self, name: str, *, summary: Summary = None) -> bool:
        """Settle a component without blocking the event loop."""
        return await arun(self._stream.complete(name, summary))

    def fail_component(
        self, name: str, error: BaseException | str, *, summary: Summary = None
    ) -> bool:
        """Settle a component as failed, or as cancelled by a `CancelledError`.

        A required component decides that the stream ends `errored`, and leaves `DRAIN_LIMIT`
        seconds to the others. The error goes into the log. The reader sees its text only if
        `EXPOSE_ERRORS` is set. Return False if the component was not pending.
        """
        return run(self._stream.fail(name, error, summary), "afail_component")

    async def afail_component(
        self, name: str, error: BaseException | str, *, summary: Summary = None
    ) -> bool:
        """Settle a component as failed without blocking the event loop."""
        return await arun(self._stream.fail(name, error, summary))

    def component(
        self,
        name: str,
        required: bool = True,
        timeout: float | Unset | None = UNSET,
        *,
        attempts: int = 1,
        retry_on: tuple[type[BaseException], ...] = (),
        resume: bool = False,
    ) -> ComponentContext:
        """Return a context, synchronous and asynchronous, in which a component does its work.

        The context registers the component, or claims it if it is pending: then its options are
        those with which it was declared, and those given here count nothing. It settles with the
        context: `complete`, or `failed` by an exception, or `cancelled` with its task.

        If the component has attempts, to enter the context begins the first, or the next one: the
        frames of an earlier one are refused from then on, and what it sent is forgotten, unless
        this one goes on with it (`resume=True`). An exception of `retry_on` lets the next one
        follow. `attempt` of the context is its number.
        """
        component = make_component(name, required, timeout, attempts=attempts)
        return ComponentContext(self._stream, component, Retrying(retry_on, resume))

    # Frames

    def send(self, event: str | object, /, *, component: str | None = None, **fields: Any) -> None:
        """Send an event, with fields that `DjangoJSONEncoder` encodes.

        The event is a name, or an instance of a declared class, which has the fields. A declared
        event is checked.

        It counts for the component, or without one for the only component that is pending.

        Raises:
            InvalidFrame: The event or a field can't be sent; the message names it.
            FrameTooLarge: The frame or the stream exceeds its limit; the stream ends.
            StreamEnded: The stream has ended.
        """
        run(self._stream.send(event, component, fields), "asend")

    async def asend(
        self, event: str | object, /, *, component: str | None = None, **fields: Any
    ) -> None:
        """Send an event, and wait for room in the store without blocking the event loop."""
        await arun(self._stream.send(event, component, fields))

    def note(self, component: str, text: str) -> None:
        """Note what a component does now, for people who inspect the stream; a sign of life."""
        self._stream.note(component, text)

    def send_error(
        self, message: str, *, component: str = "", code: str | None = None, fatal: bool = True
    ) -> bool:
        """Tell the reader of an error. A fatal error decides that the stream will end `errored`.

        It does not end the stream. Texts are cut after `MAX_TEXT_CHARACTERS`. Return False after
        the end.

        Raises:
            LimitReached: `ERRORS` were reported. A fatal error that is the first reason of an end
                is always reported.
        """
        plan = self._stream.report_error(message, component, code, fatal=fatal)
        return run(plan, "asend_error")

    async def asend_error(
        self, message: str, *, component: str = "", code: str | None = None, fatal: bool = True
    ) -> bool:
        """Tell the reader of an error without blocking the event loop."""
        return await arun(self._stream.report_error(message, component, code, fatal=fatal))
