"""What a finalizer may be, and how its call may end."""

import asyncio
import functools
import math
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any

import pytest

from sse_pipeline import Finalization, SSEHandler
from sse_pipeline.exceptions import InvalidComponent, LimitReached
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


@traced
def save_in_pieces(finalization: Finalization) -> Iterator[None]:
    yield


def send_in_pieces(finalization: Finalization) -> Iterator[None]:
    yield


async def send_later_in_pieces(finalization: Finalization) -> AsyncIterator[None]:
    yield


@dataclass
class Place:
    height: float


class Unknown(Enum):
    PLACE = math.nan


class Piecemeal:
    def __call__(self, finalization: Finalization) -> Iterator[None]:
        yield


piecemeal = Piecemeal()


def save(finalization: Finalization, **arguments: Any) -> None:
    pass


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


@pytest.mark.parametrize("call", [leave, be_cancelled, save_in_pieces])
def test_a_finalizer_that_exits_or_is_cancelled_or_does_nothing_has_failed(
    call: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    handler = SSEHandler(components=["text"])
    handler.finalize("save", call, attempts=1, timeout=1000.0)
    handler.mark_component_complete("text")
    assert handler.is_complete.wait(TIMEOUT)
    snapshot = handler.snapshot()
    assert (snapshot.verdict, snapshot.ledger()["save"]["status"]) == ("component_failed", "failed")
    assert "failed in attempt 1 of 1" in caplog.text


@pytest.mark.parametrize(
    ("call", "options", "complaint"),
    [
        (lambda _: None, {}, "call: another process can't import"),
        ("sse_pipeline.nothing", {}, "call: 'sse_pipeline.nothing' can't be imported"),
        ("sse_pipeline.streams", {}, "call: 'sse_pipeline.streams' is not callable"),
        (7, {}, "call: 7 is neither a callable nor a dotted path"),
        (save, {"arguments": {"what": object()}}, "arguments: "),
        (save, {"arguments": [1]}, r"arguments: \[1\] is not a mapping"),
        (save, {"arguments": {"a": None, "b": [math.nan]}}, "arguments: b: Out of range float"),
        (save, {"arguments": {"b": -math.inf}}, "arguments: b: Out of range float"),
        (save, {"arguments": {"b": Place(math.nan)}}, "arguments: b: Out of range float"),
        (save, {"arguments": {"b": Unknown.PLACE}}, "arguments: b: Out of range float"),
        (send_in_pieces, {}, r"call: '.*:send_in_pieces' is a generator function"),
        (f"{__name__}:send_later_in_pieces", {}, r"call: '.*' is a generator function"),
        (f"{__name__}.piecemeal", {}, r"call: '.*piecemeal' is a generator function"),
        (save, {"attempts": 0}, "attempts: "),
        (save, {"timeout": -1}, "timeout: "),
    ],
)
def test_what_can_not_be_called_is_refused(
    call: Any, options: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(InvalidComponent, match=f"^{complaint}"):
        SSEHandler().finalize("save", call, **options)


def test_the_arguments_are_bounded() -> None:
    with pytest.raises(LimitReached, match="MAX_ARGUMENTS_BYTES"):
        SSEHandler().finalize("save", save, arguments={"text": "x" * 9000})
