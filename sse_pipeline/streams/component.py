"""The context in which a component does its work."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from .. import conf
from ..conf import UNSET, Unset
from ..exceptions import StreamEnded
from ..lifecycle import causes
from ..lifecycle.registry import Component
from ..tracing import trace_hooks
from ..validation import filled_string, is_duration, shown
from .operations import StreamOperations
from .plans import Plan, arun, run


def make_component(
    name: str,
    required: bool = True,
    timeout: float | Unset | None = UNSET,
    claim: bool = True,
    *,
    attempts: int = 1,
) -> Component:
    """Make a component. The settings give the bounds that the caller leaves out."""
    settings = conf.get()
    bound = settings.COMPONENT_TIMEOUT if timeout is UNSET else timeout
    within = None if claim else settings.CLAIM_TIMEOUT
    return Component(name, required, bound, claim_within=within, attempts=attempts)


@dataclass(frozen=True, slots=True)
class Retrying:
    """How a context makes one of several attempts.

    An exception of `on` lets the next attempt follow. An attempt that `resumes` goes on with the
    content of the one before.
    """

    on: tuple[type[BaseException], ...] = ()
    resumes: bool = False


class ComponentContext:
    """A component at work. It settles on every way out of the context.

    An exception fails the component, and goes on. If the task is cancelled, the component settles
    as `cancelled`: the settlement is shielded from the cancellation, and is waited for at most
    `DRAIN_LIMIT` seconds.
    """

    #: The number of the attempt; None for a component that has only one.
    attempt: int | None = None

    def __init__(
        self,
        operations: StreamOperations,
        component: Component,
        retrying: Retrying = Retrying(),
    ) -> None:
        self._operations = operations
        self._component = component
        self._retrying = retrying
        self._work = trace_hooks.NO_WORK

    @property
    def name(self) -> str:
        """The name of the component."""
        return self._component.name

    def send(self, event: str | object, /, **fields: Any) -> None:
        """Send an event of this component: see `SSEHandler.send`."""
        self.check_attempt()
        run(self._operations.send(event, self.name, fields), "asend")

    async def asend(self, event: str | object, /, **fields: Any) -> None:
        """Send an event of this component without blocking the event loop."""
        self.check_attempt()
        await arun(self._operations.send(event, self.name, fields))

    def note(self, text: str) -> None:
        """Note what the component does now, for people who inspect the stream; a sign of life."""
        self.check_attempt()
        self._operations.note(self.name, text)

    def progress(self, fraction: float, text: str = "") -> None:
        """Tell readers how far the component is: a part from 0 to 1, and in words; a sign of life.

        It never waits, and may be called for each row: only the latest counts. Readers are told
        once in `PROGRESS_INTERVAL` seconds, and of the last one before the component completes or
        fails.

        Raises:
            ValueError: `fraction` is no number from 0 to 1, or `text` is no text, or longer than
                `MAX_TEXT_CHARACTERS`.
            StreamEnded: Another attempt of the component has followed.
        """
        self.check_attempt()
        self._operations.tell_progress(self.name, fraction, text, self.attempt)

    def check_attempt(self) -> None:
        """Raise `StreamEnded` if another attempt of the component has followed this one."""
        if self.attempt is not None:
            self._operations.check_attempt(self.name, self.attempt)

    def waiting(self, what: str, timeout: float | Unset = UNSET) -> WaitingContext:
        """Return a context, synchronous and asynchronous, in which the component waits.

        It is not silent meanwhile: it waits for `what`, such as "approval", as readers and the
        status are told. After `timeout` seconds (by default `WAITING_TIMEOUT`) it counts as timed
        out. A wait within another is a part of it.

        To enter it raises `StreamEnded` if another attempt of the component has followed.

        Raises:
            ValueError: `what` is no text, or `timeout` is not a positive number of seconds.
        """
        limit = conf.get().WAITING_TIMEOUT if isinstance(timeout, Unset) else timeout
        if complaint := filled_string(what):
            raise ValueError(f"what: {complaint}")
        if not is_duration(limit):
            raise ValueError(f"timeout: {shown(limit)} is not a positive number of seconds")
        return WaitingContext(self._operations, self, what, limit)

    def __enter__(self) -> Self:
        run(self._join(), "async with")
        self._begin_work()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        try:
            run(self._settle(error), "async with")
        finally:
            self._work.end(error)

    async def __aenter__(self) -> Self:
        await arun(self._join())
        self._begin_work()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        try:
            await self._settle_whole(error)
        finally:
            self._work.end(error)

    async def _settle_whole(self, error: BaseException | None) -> None:
        # A task of its own: this one is cancelled, or may be cancelled while it waits.
        settling = asyncio.ensure_future(arun(self._settle(error)))
        try:
            if not isinstance(error, asyncio.CancelledError):
                await asyncio.shield(settling)
                return
        except asyncio.CancelledError:
            await asyncio.wait({settling}, timeout=conf.get().DRAIN_LIMIT)
            raise
        await asyncio.wait({settling}, timeout=conf.get().DRAIN_LIMIT)

    def _begin_work(self) -> None:
        stream = self._operations
        work = trace_hooks.current.begin(stream.stream_id, stream.trace, self.name, self.attempt)
        self._work = work

    def _join(self) -> Plan[None]:
        resumes = self._retrying.resumes
        self.attempt = yield from self._operations.join(self._component, resumes=resumes)

    def _settle(self, error: BaseException | None) -> Plan[None]:
        if error is None:
            yield from self._operations.complete(self.name, attempt=self.attempt)
            return
        if isinstance(error, StreamEnded):
            return
        retryable = isinstance(error, self._retrying.on)
        if isinstance(error, GeneratorExit):  # the generator around the context was closed
            error = asyncio.CancelledError()
        yield from self._operations.fail(
            self.name, error, attempt=self.attempt, retryable=retryable
        )


class WaitingContext:
    """A component that waits for a person, or for another service."""

    def __init__(
        self, operations: StreamOperations, component: ComponentContext, what: str, limit: float
    ) -> None:
        self._operations = operations
        self._component = component
        self._what = what
        self._limit = limit
        #: Whether this context began the wait. One within another is a part of it.
        self._began = False

    def __enter__(self) -> None:
        run(self._begin(), "async with")

    def __exit__(self, *_: object) -> None:
        run(self._end(), "async with")

    async def __aenter__(self) -> None:
        await arun(self._begin())

    async def __aexit__(self, *_: object) -> None:
        await arun(self._end())

    def _begin(self) -> Plan[None]:
        name, attempt = self._component.name, self._component.attempt
        self._began = yield from self._operations.wait_for(name, self._what, self._limit, attempt)
        self._component.check_attempt()

    def _end(self) -> Plan[None]:
        if not self._began:
            return
        go_on = causes.go_on(self._component.name, self._component.attempt)
        yield from self._operations.change(go_on)
