"""The threads of this process that run finalizers.

A process begins a run by a commit: of all that try, one wins. So a run that was begun is nobody
else's until it is over: it reports how it went, or its time is over, or its process is lost. Then
its number counts no more, and the next attempt may begin, here or elsewhere.

The commit is made by the thread that then makes the call. If it were made before a thread is free,
the time of the run would go by while it waits.
"""

from __future__ import annotations

import asyncio
import inspect
import math
import os
import threading
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from asgiref.sync import async_to_sync
from django.db import connections

from .. import conf
from ..escaping import make_logger
from ..exceptions import InvalidComponent
from ..lifecycle import causes
from ..lifecycle.causes import Cause
from ..lifecycle.deadlines import ready_finalizer
from ..lifecycle.finalizer import Finalizer
from ..lifecycle.registry import Component
from ..lifecycle.snapshot import Snapshot
from ..stores import Store
from ..tracing import trace_hooks
from . import commits, reports
from .commits import Watch
from .finalization import call_of, make_finalization
from .plans import run, wait
from .stream_content import make_content

logger = make_logger(__name__)


@dataclass(eq=False)
class _StreamWork:
    """The finalizers of one stream that are to be run here, and the thread that runs them."""

    store: Store
    stream_id: str
    watch: Watch
    #: When the call that is under way has taken too long, by `time.monotonic`.
    until: float = math.inf

    @property
    def hangs(self) -> bool:
        """Whether the thread is in a call of which the run is over."""
        return time.monotonic() >= self.until


class Finalizing:
    """Runs the finalizers of streams, one after another for each stream, in a few threads.

    A call can't be ended from outside. One that hangs keeps its thread, and neither its stream nor
    other streams wait for it: another thread takes its place, as long as no more hang than may run.
    """

    def __init__(self) -> None:
        self.start_clean()

    def start_clean(self) -> None:
        """Forget everything. A forked child calls this: the threads of the parent are not there."""
        #: Guards all fields below. Nothing else is locked while it is held.
        self._lock = threading.Lock()
        #: How many may run, as the setting was when the last work came.
        self._most = 0
        #: The work of each stream that goes on or waits for a thread, without those that hang.
        self._works: dict[str, _StreamWork] = {}
        self._waiting: deque[_StreamWork] = deque()
        self._running: set[_StreamWork] = set()

    def start(self, store: Store, stream_id: str, watch: Watch) -> None:
        """Run what is ready in a stream as soon as a thread is free, unless one works on it."""
        most = conf.get().FINALIZERS
        with self._lock:
            self._most = most
            known = self._works.get(stream_id)
            if known is None or known.hangs:
                self._works[stream_id] = work = _StreamWork(store, stream_id, watch)
                self._waiting.append(work)
            begun = [*iter(self._next, None)]
        for work in begun:
            name = "sse-finalizers"
            threading.Thread(target=self._run, args=(work,), name=name, daemon=True).start()

    def _next(self) -> _StreamWork | None:
        """Return the work that a thread has to begin now; the lock is held."""
        hanging = sum(each.hangs for each in self._running)
        if not self._waiting or len(self._running) - min(hanging, self._most) >= self._most:
            return None
        work = self._waiting.popleft()
        self._running.add(work)
        return work

    def _run(self, work: _StreamWork | None) -> None:
        while work is not None:
            self._finish(work)
            with self._lock:
                self._running.discard(work)
                if self._works.get(work.stream_id) is work:
                    del self._works[work.stream_id]
                work = self._next()

    def _finish(self, work: _StreamWork) -> None:
        try:
            while self._works.get(work.stream_id) is work and _run_next(work):
                pass
        except Exception:
            if not work.store.closed:
                logger.exception(
                    "the finalizers of stream %s could not be run", work.stream_id,
                    extra={"stream_id": work.stream_id},
                )  # fmt: skip
        finally:
            connections.close_all()


#: Made at once: two threads that came first would make two, each with `FINALIZERS` threads.
_finalizing = Finalizing()
os.register_at_fork(after_in_child=_finalizing.start_clean)


def finalizing() -> Finalizing:
    """Return the threads of this process."""
    return _finalizing


def _run_next(work: _StreamWork) -> bool:
    """Run the finalizer of a stream that is ready; return False if there is none.

    Raises:
        StoreUnavailable: The store did not answer. If the run was begun, it is given up later.
    """
    store, stream_id = work.store, work.stream_id
    snapshot = run(wait(store.load(stream_id)), "a thread")
    ready = None if snapshot is None else ready_finalizer(snapshot, store.now())
    if ready is None or ready.finalizer is None:
        return False
    # Before the commit: when the run is given up by the store's clock, it is over by this one.
    until = time.monotonic() + ready.finalizer.limit
    begin = causes.begin(ready.name, ready.attempt)
    outcome = run(commits.change(store, stream_id, begin, watch=work.watch), "a thread")
    if outcome.taken:  # else another process was first
        work.until = until
        trace = outcome.snapshot.trace
        traced = trace_hooks.current.begin(stream_id, trace, ready.name, ready.attempt)
        try:
            cause = _call(store, outcome.snapshot, ready, ready.finalizer)
            work.until = math.inf
            if cause is not None:
                run(commits.change(store, stream_id, cause, watch=work.watch), "a thread")
        finally:
            traced.end(None)  # how it went is told by the commit
    return True


def _call(
    store: Store, snapshot: Snapshot, component: Component, finalizer: Finalizer
) -> Cause | None:
    """Call a finalizer; return the cause that says how it went.

    None if its time is over: then the watchdog gives it up.
    """
    try:
        kept = run(wait(store.kept_frames(snapshot.stream_id)), "a thread")
        finalization = make_finalization(snapshot, component, make_content(snapshot, kept))
        result = call_of(finalizer)(finalization, **finalizer.arguments)
        if inspect.isawaitable(result):  # also of a decorated coroutine function
            result = async_to_sync(_awaited)(result, finalizer.limit)
        if isinstance(result, Iterator | AsyncIterator):  # of a decorated generator function
            raise InvalidComponent(f"call: {finalizer.call} has only made an iterator")  # noqa: TRY301
        summary = result if isinstance(result, Mapping) else None
        reports.check_summary(summary)
    except _TimeOverError:
        return None
    except BaseException as error:  # a SystemExit or a cancellation is a failure of the call, too
        text = reports.text_of(error)
        logger.exception(
            "finalizer %s of stream %s failed in attempt %d of %d: %s",
            component.name, snapshot.stream_id, component.attempt, component.attempts, text,
            extra={"stream_id": snapshot.stream_id, "component": component.name},
        )  # fmt: skip
        return replace(reports.failure(component.name, text, text, None), attempt=component.attempt)
    return causes.complete(component.name, summary, component.attempt)


class _TimeOverError(Exception):
    """A coroutine was cancelled, because its time is over."""


async def _awaited(result: Awaitable[Any], limit: float) -> Any:
    bound = asyncio.timeout(limit)
    try:
        async with bound:
            return await result
    except TimeoutError:
        if bound.expired():
            raise _TimeOverError from None
        raise
