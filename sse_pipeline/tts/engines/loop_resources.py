"""Objects that belong to one event loop, such as a lock, a connection or a worker process.

An `asyncio` lock works on one loop only, and a connection too. Engines are used on the speech loop,
and in tests on other loops.
"""

import asyncio
import os
from collections.abc import Callable, Hashable
from typing import Generic, Protocol, TypeVar


class LoopResource(Protocol):
    """An object of one event loop."""

    async def aclose(self) -> None:
        """Free what it holds, because its loop ends."""

    def abandon(self) -> None:
        """Free what it holds in a forked child. The parent goes on using it."""


Key = TypeVar("Key", bound=Hashable)
Resource = TypeVar("Resource", bound=LoopResource)


class LoopResourceCache(Generic[Key, Resource]):
    """Makes one resource for each key and event loop, and closes it when the loop ends.

    It has no lock. Each loop touches its own entry only, and a single operation of a dictionary is
    atomic between threads. Where all entries are read, `list` copies them in one operation.
    """

    def __init__(self, make: Callable[[Key], Resource]) -> None:
        self._make = make
        self._resources: dict[asyncio.AbstractEventLoop, dict[Key, Resource]] = {}
        self._closers: dict[asyncio.AbstractEventLoop, asyncio.Task[None]] = {}
        self._abandoned: list[object] = []
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._abandon_all)

    def get(self, key: Key) -> Resource:
        """Return the resource of the running loop; make it if there is none."""
        loop = asyncio.get_running_loop()
        if loop not in self._resources:
            self._resources[loop] = {}
            self._closers[loop] = loop.create_task(self._close_with(loop))
        resources = self._resources[loop]
        if key not in resources:
            resources[key] = self._make(key)
        return resources[key]

    def all_loops(self) -> list[Resource]:
        """Return the resources of all loops."""
        loops = list(self._resources.values())
        return [each for resources in loops for each in list(resources.values())]

    async def _close_with(self, loop: asyncio.AbstractEventLoop) -> None:
        # A loop has no hook for its end. But `asyncio.Runner` cancels all tasks before it closes
        # the loop, so a task that waits for nothing learns of the end in time.
        try:
            await loop.create_future()
        finally:
            del self._closers[loop]
            for resource in self._resources.pop(loop).values():
                await resource.aclose()

    def _abandon_all(self) -> None:
        for resource in self.all_loops():
            resource.abandon()
        # The references stay: to collect them would close pipes and sockets of the parent, and
        # warn about tasks that never end.
        self._abandoned += [self._resources, self._closers]
        self._resources, self._closers = {}, {}
