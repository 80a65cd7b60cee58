"""Plans: operations that are written once, and two drivers that run them.

A store answers with a value, or with a future where it has to wait. Synchronous and asynchronous
callers need the same operations, and a twin of each would have to be kept equal by hand. So an
operation is a generator that yields the futures it waits for: `snapshot = yield from wait(answer)`.
`run()` blocks on each future, `arun()` awaits it. A value that is there is never yielded, so that a
plan on the memory store runs through without a pause.
"""

import asyncio
from collections.abc import Generator
from concurrent.futures import Future
from functools import partial
from typing import Any, TypeAlias, TypeVar

from django.core.exceptions import SynchronousOnlyOperation

from ..stores.base import Answer, Store
from ..stores.log import Log

T = TypeVar("T")
Plan: TypeAlias = Generator[Future[Any], Any, T]


def wait(answer: Answer[T]) -> Plan[T]:
    """Return the value of an answer; yield it to the driver if it is a future."""
    if isinstance(answer, Future):
        value: T = yield answer
        return value
    return answer


def attach(store: Store, stream_id: str, after: int) -> Plan[Log]:
    """Attach to a stream and return its log. A caller that is cancelled meanwhile is detached.

    Raises:
        StreamNotFound: The stream is not known.
    """
    answer = store.attach(stream_id, after)
    try:
        return (yield from wait(answer))
    except BaseException:
        if isinstance(answer, Future):
            answer.add_done_callback(partial(_take_back, store, stream_id))
        raise


def _take_back(store: Store, stream_id: str, answer: Future[Log]) -> None:
    # The store has counted the reader at once. If the attach itself failed, it is taken back.
    if answer.cancelled() or answer.exception() is None:
        store.detach(stream_id)


def run(plan: Plan[T], twin: str) -> T:
    """Run a plan and block while it waits. `twin` names the asynchronous call for the error.

    Raises:
        SynchronousOnlyOperation: The plan has to wait, and this thread runs an event loop.
    """
    try:
        future = next(plan)
        while True:
            try:
                if not future.done():
                    refuse_in_loop(twin)
                value = future.result()
            except BaseException as error:  # noqa: BLE001 - the plan handles it or raises it
                future = plan.throw(error)
            else:
                future = plan.send(value)
    except StopIteration as stop:
        result: T = stop.value
        return result


async def arun(plan: Plan[T]) -> T:
    """Run a plan without blocking the event loop.

    A cancellation is raised inside of the plan, where the plan waits. The store goes on with what
    it was asked for: it may be done or not.
    """
    try:
        future = next(plan)
        while True:
            try:
                value = await asyncio.wrap_future(future)
            except BaseException as error:  # noqa: BLE001 - the plan handles it or raises it
                future = plan.throw(error)
            else:
                future = plan.send(value)
    except StopIteration as stop:
        result: T = stop.value
        return result


def refuse_in_loop(twin: str) -> None:
    """Check that this thread does not run an event loop, which a wait would block.

    Raises:
        SynchronousOnlyOperation: It does. The message names `twin`.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return
    raise SynchronousOnlyOperation(
        f"This call has to wait, which would block the event loop: use {twin}."
    )
