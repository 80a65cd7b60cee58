"""A stream as its producers end it, and hear that it ends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..conf import UNSET, Unset
from ..lifecycle import causes
from . import reports
from .finalization import Call, make_finalizer
from .flags import Flag
from .operations import StreamOperations
from .plans import arun, run


class EndableStream:
    """The half of `SSEHandler` that ends a stream, and that tells producers to stop."""

    _stream: StreamOperations

    def mark_complete(self) -> bool:
        """Close the registry: the stream ends when all pending components have settled.

        A silence of `DRAIN_SILENCE` seconds ends the wait. Return False if the stream drains
        already or has ended.
        """
        return run(self._stream.change(causes.MARK_COMPLETE), "amark_complete")

    async def amark_complete(self) -> bool:
        """Close the registry without blocking the event loop."""
        return await arun(self._stream.change(causes.MARK_COMPLETE))

    def finalize(
        self,
        name: str,
        call: Call,
        *,
        arguments: Mapping[str, Any] | None = None,
        required: bool = True,
        attempts: int | Unset = UNSET,
        timeout: float | Unset = UNSET,
    ) -> None:
        """Register a finalizer: a component that the library runs when all others have settled.

        `call` is a function of a module, or its dotted path. It is called with a `Finalization`
        and the keyword `arguments`, which JSON can encode, in a thread of any process that knows
        the stream. A mapping that it returns goes into the ledger. An exception, a run of more than
        `timeout` seconds and the loss of the process are followed by the next of `attempts`. If
        the last one fails, a required finalizer decides that the stream ends `errored`.

        Raises:
            InvalidComponent: `call` can't be imported, or an option can't be used.
            LimitReached: The stream has `COMPONENTS`, or the arguments take more than
                `MAX_ARGUMENTS_BYTES`.
            AlreadyRegistered, RegistryClosed, StreamEnded: As `register_component` does.
        """
        component = make_finalizer(
            name, call, arguments, required=required, attempts=attempts, timeout=timeout
        )
        run(self._stream.register(component), "afinalize")

    async def afinalize(
        self,
        name: str,
        call: Call,
        *,
        arguments: Mapping[str, Any] | None = None,
        required: bool = True,
        attempts: int | Unset = UNSET,
        timeout: float | Unset = UNSET,
    ) -> None:
        """Register a finalizer without blocking the event loop."""
        component = make_finalizer(
            name, call, arguments, required=required, attempts=attempts, timeout=timeout
        )
        await arun(self._stream.register(component))

    def stop(
        self,
        by: str = "producer",
        *,
        heard_ms: int | None = None,
        heard_offset: int | None = None,
    ) -> bool:
        """Tell the producers that it is enough: what they have sent counts.

        The pending components have `DRAIN_LIMIT` seconds. They settle as `stopped`, and the stream
        ends `complete` with `stopped`. `by` tells the readers who stopped it. `heard_ms` is how
        much of the speech was heard, in milliseconds, and `heard_offset` how much of the text was
        read, in code points: both are kept. Return False if the producers were told before, or if
        the stream has ended.

        Raises:
            ValueError: A value can't be kept; the message names it.
        """
        return run(self._stream.change(reports.stop(by, heard_ms, heard_offset)), "astop")

    async def astop(
        self,
        by: str = "producer",
        *,
        heard_ms: int | None = None,
        heard_offset: int | None = None,
    ) -> bool:
        """Tell the producers that it is enough, without blocking the event loop."""
        return await arun(self._stream.change(reports.stop(by, heard_ms, heard_offset)))

    def cancel(self) -> bool:
        """Tell the producers to stop: the stream ends `errored` within `DRAIN_LIMIT` seconds.

        Return False after the end.
        """
        return run(self._stream.change(causes.CANCEL), "acancel")

    async def acancel(self) -> bool:
        """Tell the producers to stop, without blocking the event loop."""
        return await arun(self._stream.change(causes.CANCEL))

    @property
    def is_complete(self) -> Flag:
        """The flag that any terminal state sets: `is_set()`, `wait(timeout)`."""
        return self._stream.ended()

    async def ended(self) -> None:
        """Wait for the terminal state. A cancellation leaves nothing behind."""
        await self.is_complete.await_set()

    @property
    def is_cancelled(self) -> Flag:
        """The flag that a stop, a cancel or a failure sets: `is_set()`, `wait(timeout)`."""
        return self._stream.cancelled()

    @property
    def cancelled(self) -> bool:
        """Whether producers should stop: the stream was stopped or cancelled, or has failed."""
        return self.is_cancelled.is_set()

    async def cancellation(self) -> bool:
        """Wait until producers should stop; return False if the stream ended without that."""
        return await self.is_cancelled.await_set()
