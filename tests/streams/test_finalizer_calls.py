"""What a finalizer may be, and how its call may end."""

import asyncio
import functools
import sys
from collections.abc import Callable
from typing import Any

import pytest

from sse_pipeline import Finalization, SSEHandler
from sse_pipeline.testing.subject import TIMEOUT


def traced(call: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(call)
    def wrapper(finalization: Finalization) -> Any:
        return call(finalization)

    return wrapper


@traced
async def save_decorated(finalization: Finalization) -> dict[str, int]:
    await asyncio.sleep(0)
    return {"number": 7}


def leave(finalization: Finalization) -> None:
    sys.exit(3)


async def be_cancelled(finalization: Finalization) -> None:
    raise asyncio.CancelledError


def test_a_coroutine_function_is_awaited_in_a_decorator_too() -> None:
    handler = SSEHandler(components=["text"])
    handler.finalize("save", save_decorated)
    handler.mark_component_complete("text")
    assert handler.is_complete.wait(TIMEOUT)
    assert handler.snapshot().ledger()["save"]["summary"] == {"number": 7}


@pytest.mark.parametrize("call", [leave, be_cancelled])
def test_a_finalizer_that_exits_or_is_cancelled_has_failed(
    call: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    handler = SSEHandler(components=["text"])
    handler.finalize("save", call, attempts=1, timeout=1000.0)
    handler.mark_component_complete("text")
    assert handler.is_complete.wait(TIMEOUT)
    snapshot = handler.snapshot()
    assert (snapshot.verdict, snapshot.ledger()["save"]["status"]) == ("component_failed", "failed")
    assert "failed in attempt 1 of 1" in caplog.text
