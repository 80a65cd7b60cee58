"""The futures that the store returns: one way to make, to resolve and to fail them."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")


def new_future() -> Future[Any]:
    """Make a future that can't be cancelled: its command may be under way already."""
    future: Future[Any] = Future()
    future.set_running_or_notify_cancel()
    return future


def resolve(futures: Iterable[Future[T]], result: T) -> None:
    """Set a result, except where a future has one already."""
    for future in futures:
        if not future.done():
            future.set_result(result)


def fail(futures: Iterable[Future[Any]], error: Exception) -> None:
    """Set an exception, except where a future has a result already."""
    for future in futures:
        if not future.done():
            future.set_exception(error)
