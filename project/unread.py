"""Stops an answer that nobody reads: a model costs money while it talks."""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress

from django.conf import settings

from sse_pipeline import SSEHandler, stores
from sse_pipeline.exceptions import SSEPipelineError
from sse_pipeline.streams.plans import arun, wait

#: What the stream names as the one that stopped it.
BY = "nobody reads"


async def run(handler: SSEHandler, answer: Coroutine[None, None, None]) -> None:
    """Run an answer; stop its stream when nobody has read it for `MODEL_UNREAD` seconds."""
    patience = settings.MODEL_UNREAD
    # A shared store has readers in other processes, of which this one knows nothing.
    if not patience or stores.current().shared:
        await answer
        return
    watching = asyncio.create_task(_stop_unread(handler, patience))
    try:
        await answer
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)


async def _stop_unread(handler: SSEHandler, patience: float) -> None:
    unread_since: float | None = None
    loop = asyncio.get_running_loop()
    with suppress(SSEPipelineError):  # the stream has ended
        while True:
            if await _is_read(handler):
                unread_since = None
            else:
                unread_since = unread_since or loop.time()
                if loop.time() - unread_since >= patience:
                    await handler.astop(BY)
                    return
            await asyncio.sleep(patience / 4)


async def _is_read(handler: SSEHandler) -> bool:
    inspection = await arun(wait(stores.current().inspect(handler.stream_id, 0)))
    return inspection is None or bool(inspection.readers)
