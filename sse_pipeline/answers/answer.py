"""An answer: the chunks of a text and their speech, in one stream."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, Generator, Iterable
from contextlib import (
    AbstractAsyncContextManager,
    AbstractContextManager,
    aclosing,
    closing,
    nullcontext,
    suppress,
)

from ..exceptions import RegistryClosed, StreamNotFound
from ..handler import SSEHandler
from ..lifecycle.registry import Component
from ..lifecycle.snapshot import State
from ..streams.plans import refuse_in_loop
from .answer_components import TEXT, components
from .answer_speech import Speech


class Answer:
    """Sends a text as it comes, and its speech. Each settles a component of its own.

    When the text fails or the stream is cancelled, the speech is cancelled. When the speech fails,
    the text goes on. When the text is done the registry is closed: the stream drains while the
    speech goes on. With `close_registry=False` components may still register then.
    """

    def __init__(
        self, handler: SSEHandler, speech: Speech | None = None, *, close_registry: bool = True
    ) -> None:
        self._handler = handler
        self._speech = speech
        self._close_registry = close_registry

    async def open(self) -> None:
        """Register the components, so that the stream can be read before anything is sent.

        The voice is made ready meanwhile.

        Raises:
            TooManyOpen: `STREAMS` or `OWNER_STREAMS` are open.
        """
        try:
            for each in self._components():
                await self._handler.aregister_component(each.name, each.required, each.timeout)
        except BaseException:
            self._withdraw()
            raise
        self._warm()

    async def run(self, chunks: AsyncIterable[str]) -> None:
        """Produce the answer; return when the stream has ended, or is cancelled.

        When the task is cancelled, both components are settled before the error is raised.
        """
        writing = asyncio.create_task(self._write(chunks))
        try:
            await self._handler.cancellation()
        finally:
            writing.cancel()
            self._silence()
            await asyncio.gather(writing, return_exceptions=True)
            await self._settle_text(asyncio.CancelledError())

    def run_sync(self, chunks: Iterable[str]) -> None:
        """Register the components and produce the answer in this thread; return as `run` does.

        This is for a thread, or for a task of a worker that has attached to the stream. It hears of
        a stop or a cancel between two chunks. An error of the chunks fails the text and is logged.

        Raises:
            SynchronousOnlyOperation: This thread runs an event loop.
            StreamEnded: The stream has ended before.
            TooManyOpen: `STREAMS` or `OWNER_STREAMS` are open.
        """
        refuse_in_loop("run")
        self._open_sync()
        try:
            with suppress(Exception, asyncio.CancelledError):  # the text has settled with it
                self._send_text_sync(chunks)
            self._handler.is_cancelled.wait()
        finally:
            self._silence()

    async def cancel(self) -> None:
        """Cancel an answer that was never run."""
        await self._handler.acancel()
        self._silence()
        await self._settle_text(asyncio.CancelledError())

    def _components(self) -> list[Component]:
        required = self._speech is not None and self._speech.streamer.config.required
        return components(speech=self._speech is not None, required=required)

    def _open_sync(self) -> None:
        try:
            for each in self._components():
                with suppress(RegistryClosed):  # declared before a stop: it can only settle
                    self._handler.register_component(each.name, each.required, each.timeout)
        except BaseException:
            self._withdraw()
            raise
        self._warm()

    async def _write(self, chunks: AsyncIterable[str]) -> None:
        try:
            await self._send_text(chunks)
        except Exception as error:
            await self._settle_text(error)  # in case it could not even begin
            raise

    async def _send_text(self, chunks: AsyncIterable[str]) -> None:
        offset = 0
        async with self._handler.component(TEXT) as text, _aclosing(chunks):
            async for chunk in chunks:
                await text.asend("text", chunk=chunk, offset=offset)
                offset += len(chunk)
                if self._speech is not None:
                    await self._speech.feed(chunk)
        # Before the speech gets the end of its text: later it may have ended, and nothing drains.
        if self._close_registry and (await self._handler.asnapshot()).state is State.STREAMING:
            await self._handler.amark_complete()
        if self._speech is not None:
            await self._speech.end_input()

    def _send_text_sync(self, chunks: Iterable[str]) -> None:
        offset = 0
        with self._handler.component(TEXT) as text, _closing(chunks):
            self._heed_cancel()
            for chunk in chunks:
                self._heed_cancel()
                text.send("text", chunk=chunk, offset=offset)
                offset += len(chunk)
                if self._speech is not None:
                    self._speech.feed_sync(chunk)
        if self._close_registry and self._handler.snapshot().state is State.STREAMING:
            self._handler.mark_complete()
        if self._speech is not None:
            self._speech.end_input_sync()

    def _heed_cancel(self) -> None:
        if self._handler.cancelled:
            raise asyncio.CancelledError

    def _warm(self) -> None:
        if self._speech is not None:
            self._speech.streamer.warm()

    def _withdraw(self) -> None:
        if self._speech is not None:
            self._speech.withdraw()

    def _silence(self) -> None:
        if self._speech is not None:
            self._speech.streamer.cancel()

    async def _settle_text(self, error: BaseException) -> None:
        """Settle the text as failed if nobody has settled it."""
        with suppress(StreamNotFound):
            text = (await self._handler.asnapshot()).registry.get(TEXT)
            if text is not None and text.pending:
                await self._handler.afail_component(TEXT, error)


def _aclosing(chunks: AsyncIterable[str]) -> AbstractAsyncContextManager[object]:
    return aclosing(chunks) if isinstance(chunks, AsyncGenerator) else nullcontext()


def _closing(chunks: Iterable[str]) -> AbstractContextManager[object]:
    return closing(chunks) if isinstance(chunks, Generator) else nullcontext()
