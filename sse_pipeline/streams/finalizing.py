"""The threads of this process that run finalizers.

A process begins a run by a commit: of all that try, one wins. So a run that was begun is nobody
else's until it is over: it reports how it went, or its time is over, or its process is lost. Then
its number counts no more, and the next attempt may begin, here or elsewhere.

The commit is made by the thread that then makes the call. If it were made before a thread is free,
the time of the run would go by while it waits.
"""

from __future__ import annotations

import functools
import inspect
import os
import threading
from collections.abc import Awaitable, Mapping
from dataclasses import replace
from typing import Any

from asgiref.sync import async_to_sync
from django.db import connections

from .. import conf
from ..escaping import make_logger
from ..lifecycle import causes
from ..lifecycle.causes import Cause
from ..lifecycle.deadlines import ready_finalizer
from ..lifecycle.registry import Component
from ..lifecycle.snapshot import Snapshot
from ..stores import Store
from ..tracing import trace_hooks
from . import commits, reports
from .commits import Watch
from .daemon_executor import DaemonExecutor
from .finalization import call_of, make_finalization
from .plans import run, wait
from .stream_content import make_content

logger = make_logger(__name__)


class Finalizing:
    """Runs the finalizers of streams, one after another for each stream, in a few threads."""

    def __init__(self) -> None:
        self._executor = DaemonExecutor(conf.get().FINALIZERS, "sse-finalizers")
        #: The streams that a thread works on, or that wait for one.
        self._streams: set[str] = set()
        #: Guards `_streams`. Nothing else is locked or called while it is held.
        self._lock = threading.Lock()

    def start(self, store: Store, stream_id: str, watch: Watch) -> None:
        """Run what is ready in a stream as soon as a thread is free, unless one works on it."""
        with self._lock:
            if stream_id in self._streams:
                return
            self._streams.add(stream_id)
        self._executor.submit(self._work, store, stream_id, watch)

    def _work(self, store: Store, stream_id: str, watch: Watch) -> None:
        try:
            while run_next(store, stream_id, watch):
                pass
        except Exception:
            if not store.closed:
                logger.exception(
                    "the finalizers of stream %s could not be run", stream_id,
                    extra={"stream_id": stream_id},
                )  # fmt: skip
        finally:
            with self._lock:
                self._streams.discard(stream_id)
            connections.close_all()


@functools.cache
def finalizing() -> Finalizing:
    """Return the threads of this process."""
    return Finalizing()


# The threads of the parent do not live in a forked child.
os.register_at_fork(after_in_child=finalizing.cache_clear)


def run_next(store: Store, stream_id: str, watch: Watch) -> bool:
    """Run the finalizer of a stream that is ready; return False if there is none.

    Raises:
        StoreUnavailable: The store did not answer. If the run was begun, it is given up later.
    """
    snapshot = run(wait(store.load(stream_id)), "a thread")
    ready = None if snapshot is None else ready_finalizer(snapshot, store.now())
    if ready is None:
        return False
    begin = causes.begin(ready.name, ready.attempt)
    outcome = run(commits.change(store, stream_id, begin, watch=watch), "a thread")
    if outcome.taken:  # else another process was first
        trace = outcome.snapshot.trace
        work = trace_hooks.current.begin(stream_id, trace, ready.name, ready.attempt)
        try:
            cause = _call(store, outcome.snapshot, ready)
            run(commits.change(store, stream_id, cause, watch=watch), "a thread")
        finally:
            work.end(None)  # how it went is told by the commit
    return True


def _call(store: Store, snapshot: Snapshot, component: Component) -> Cause:
    """Call a finalizer; return the cause that says how it went."""
    assert component.finalizer is not None
    try:
        kept = run(wait(store.kept_frames(snapshot.stream_id)), "a thread")
        finalization = make_finalization(snapshot, component, make_content(snapshot, kept))
        result = call_of(component.finalizer)(finalization, **component.finalizer.arguments)
        if inspect.isawaitable(result):  # also of a decorated coroutine function
            result = async_to_sync(_awaited)(result)
        summary = result if isinstance(result, Mapping) else None
        reports.check_summary(summary)
    except BaseException as error:  # a SystemExit or a cancellation is a failure of the call, too
        text = reports.text_of(error)
        logger.exception(
            "finalizer %s of stream %s failed in attempt %d of %d: %s",
            component.name, snapshot.stream_id, component.attempt, component.attempts, text,
            extra={"stream_id": snapshot.stream_id, "component": component.name},
        )  # fmt: skip
        return replace(reports.failure(component.name, text, text, None), attempt=component.attempt)
    return causes.complete(component.name, summary, component.attempt)


async def _awaited(result: Awaitable[Any]) -> Any:
    return await result
