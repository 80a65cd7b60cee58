"""What belongs to one event loop: made when it is asked for there, and ended with the loop."""

import asyncio
import os
from collections.abc import Callable, Hashable
from typing import Generic, Protocol, TypeVar


class Bound(Protocol):
    """A thing of one event loop."""

    async def aclose(self) -> None:
        """End it, for its loop ends."""

    def abandon(self) -> None:
        """Let go, in a forked child, of what its parent goes on using."""


Key = TypeVar("Key", bound=Hashable)
Thing = TypeVar("Thing", bound=Bound)


class LoopBound(Generic[Key, Thing]):
    """Makes one thing for each key and event loop; for use within running loops."""

    def __init__(self, make: Callable[[Key], Thing]) -> None:
        self._make = make
        self._things: dict[asyncio.AbstractEventLoop, dict[Key, Thing]] = {}
        self._keepers: dict[asyncio.AbstractEventLoop, asyncio.Task[None]] = {}
        self._abandoned: list[object] = []
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._abandon)

    def find(self, key: Key) -> Thing:
        """Return the thing of the running loop."""
        loop = asyncio.get_running_loop()
        if loop not in self._things:
            self._things[loop] = {}
            self._keepers[loop] = loop.create_task(self._keep(loop))
        things = self._things[loop]
        if key not in things:
            things[key] = self._make(key)
        return things[key]

    def all(self) -> list[Thing]:
        """Return the things of all loops."""
        return [thing for things in self._things.values() for thing in things.values()]

    async def _keep(self, loop: asyncio.AbstractEventLoop) -> None:
        try:
            await loop.create_future()
        finally:
            del self._keepers[loop]
            for thing in self._things.pop(loop).values():
                await thing.aclose()

    def _abandon(self) -> None:
        for thing in self.all():
            thing.abandon()
        self._abandoned += [self._things, self._keepers]
        self._things, self._keepers = {}, {}
