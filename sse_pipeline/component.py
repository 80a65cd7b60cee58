"""The context in which a component does its work."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Any, Self

from . import causes, conf
from .conf import UNSET, Unset
from .exceptions import StreamEnded
from .operations import Plan, arun, run
from .registry import Component
from .stream import Stream


def component_of(
    name: str, required: bool, timeout: float | Unset | None, claim: bool = True
) -> Component:
    """Make a component, with the bounds that the settings say where none is given."""
    settings = conf.get()
    bound = settings.COMPONENT_TIMEOUT if timeout is UNSET else timeout
    return Component(name, required, bound, claim_within=None if claim else settings.CLAIM_TIMEOUT)


class ComponentContext:
    """A component at work; it settles on every way out of the context.

    An exception fails it, and goes on; a cancelled task has it settled `cancelled`, shielded from
    the cancellation and for `DRAIN_LIMIT` seconds at most.
    """

    def __init__(self, stream: Stream, component: Component) -> None:
        self._stream = stream
        self._component = component

    @property
    def name(self) -> str:
        """The component's name."""
        return self._component.name

    def send(self, event: str, /, **fields: Any) -> None:
        """Send an event of this component: see `SSEHandler.send`."""
        run(self._stream.send(event, self.name, fields), "asend")

    async def asend(self, event: str, /, **fields: Any) -> None:
        """Send an event of this component without blocking the event loop."""
        await arun(self._stream.send(event, self.name, fields))

    def note(self, text: str) -> None:
        """Note what the component is at, for those who inspect the stream; a sign of life."""
        self._stream.note(self.name, text)

    def __enter__(self) -> Self:
        run(self._stream.join(self._component), "async with")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        run(self._settle(error), "async with")

    async def __aenter__(self) -> Self:
        await arun(self._stream.join(self._component))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        if not isinstance(error, asyncio.CancelledError):
            await arun(self._settle(error))
            return
        settling = asyncio.ensure_future(arun(self._settle(error)))
        await asyncio.wait({settling}, timeout=conf.get().DRAIN_LIMIT)

    def _settle(self, error: BaseException | None) -> Plan[None]:
        if error is None:
            yield from self._stream.change(causes.complete(self.name))
        elif not isinstance(error, StreamEnded):
            yield from self._stream.fail(self.name, error)
