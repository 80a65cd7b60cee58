"""Operations on a stream, each written once as a plan, and the two drivers that run one.

A plan is a generator that yields what a store answered: a value or a future of one.
"""

import asyncio
from collections.abc import Generator
from concurrent.futures import Future
from functools import partial
from typing import Any, TypeVar

from django.core.exceptions import SynchronousOnlyOperation

from .causes import Cause
from .exceptions import StreamNotFound
from .lifecycle import Outcome, decide
from .signals import announce, turnstile
from .snapshot import Snapshot
from .stores import Store

T = TypeVar("T")
Plan = Generator[Any, Any, T]


def run(plan: Plan[T], twin: str) -> T:
    """Run a plan and wait for the store.

    Raises `SynchronousOnlyOperation`, naming the asynchronous twin, instead of waiting inside of a
    running event loop.
    """
    try:
        answer = next(plan)
        while True:
            try:
                value = _wait(answer, twin)
            except BaseException as error:  # noqa: BLE001 - the plan's to handle
                answer = plan.throw(error)
            else:
                answer = plan.send(value)
    except StopIteration as stop:
        return stop.value  # type: ignore[no-any-return]


async def arun(plan: Plan[T]) -> T:
    """Run a plan without blocking the event loop."""
    try:
        answer = next(plan)
        while True:
            try:
                value = await _await(answer)
            except BaseException as error:  # noqa: BLE001 - the plan's to handle
                answer = plan.throw(error)
            else:
                answer = plan.send(value)
    except StopIteration as stop:
        return stop.value  # type: ignore[no-any-return]


def refuse_in_loop(twin: str) -> None:
    """Raise `SynchronousOnlyOperation` in a running event loop."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return
    raise SynchronousOnlyOperation(
        f"This call has to wait, which would block the event loop: use {twin}."
    )


def change(
    store: Store, stream_id: str, cause: Cause, draft: Snapshot | None = None
) -> Plan[Outcome]:
    """Decide a cause and commit the outcome; on a lost race decide again.

    A `draft` opens the stream where it is not open yet. Raises `StreamNotFound`.
    """
    old = (yield store.load(stream_id)) or draft
    while True:
        if old is None:
            raise StreamNotFound(f"stream {stream_id} never was, or is forgotten")
        outcome = decide(old, cause, store.now())
        held = yield from _commit(store, stream_id, old, outcome, cause)
        if held is outcome.snapshot:
            return outcome
        old = held


def attempt(store: Store, old: Snapshot, cause: Cause) -> Plan[Snapshot]:
    """Decide a cause that holds for this very snapshot; return the one that is held then.

    Where that is another than was decided, whether the cause holds is to be asked again.
    """
    outcome = decide(old, cause, store.now())
    return (yield from _commit(store, old.stream_id, old, outcome, cause))


def _commit(
    store: Store, stream_id: str, old: Snapshot, outcome: Outcome, cause: Cause
) -> Plan[Snapshot]:
    new = outcome.snapshot
    if new is old:
        return new
    announcement = None
    turnstile.enter(stream_id, new.version)
    try:
        held: Snapshot = yield store.commit(stream_id, old, new, outcome.frames)
        if held is new:
            announcement = partial(announce, old, outcome, cause)
    finally:
        turnstile.leave(stream_id, new.version, announcement)
    return held


def _wait(answer: Any, twin: str) -> Any:
    if not isinstance(answer, Future):
        return answer
    if not answer.done():
        refuse_in_loop(twin)
    return answer.result()


async def _await(answer: Any) -> Any:
    return await asyncio.wrap_future(answer) if isinstance(answer, Future) else answer
