"""Threads that a test occupies."""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from asgiref.sync import sync_to_async


@asynccontextmanager
async def occupied_database_thread() -> AsyncIterator[None]:
    """Occupy the one thread that may use the database: in the block a call of it never returns."""
    occupied, free = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def occupy() -> None:
        loop.call_soon_threadsafe(occupied.set)
        free.wait()

    occupying = asyncio.create_task(sync_to_async(occupy)())
    await asyncio.wait_for(occupied.wait(), 5)
    try:
        yield
    finally:
        free.set()
        await occupying
