"""The context of a component settles on every path."""

import asyncio
import threading

import pytest

from sse_pipeline import SSEHandler
from sse_pipeline.exceptions import StreamEnded


def statuses(handler: SSEHandler) -> dict[str, str]:
    return {name: entry["status"] for name, entry in handler.snapshot().ledger().items()}


def test_it_completes() -> None:
    handler = SSEHandler()
    with handler.component("a") as component:
        component.send("text", chunk="x")
        component.note("at work")
        assert handler.snapshot().traffic.components["a"].note == "at work"
    assert statuses(handler) == {"a": "complete"}
    assert handler.snapshot().ledger()["a"]["frames"] == 1


def test_an_exception_fails_it_and_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    handler = SSEHandler()
    with pytest.raises(ZeroDivisionError), handler.component("a"):
        _ = 1 / 0
    assert statuses(handler) == {"a": "failed"}
    assert handler.snapshot().verdict == "component_failed"
    assert "ZeroDivisionError" in caplog.text


def test_a_pending_component_is_taken_over() -> None:
    handler = SSEHandler(components=["a"])
    handler.register_component("b", required=False)
    with handler.component("b"):
        assert statuses(handler) == {"a": "pending", "b": "pending"}
    assert not handler.snapshot().ledger()["b"]["required"]


def test_options_are_those_of_the_registration() -> None:
    handler = SSEHandler(components=["a"])
    with handler.component("b", required=False, timeout=7.0):
        component = handler.snapshot().registry.components["b"]
        assert (component.required, component.timeout) == (False, 7.0)


def test_the_end_of_the_stream_ends_the_work() -> None:
    handler = SSEHandler()
    with pytest.raises(StreamEnded), handler.component("a") as component:
        handler.mark_component_complete("a")
        component.send("text")
    assert statuses(handler) == {"a": "complete"}


async def test_asynchronously() -> None:
    handler = SSEHandler(components=["b"])
    async with handler.component("a") as component:
        await component.asend("text", chunk="x")
    with pytest.raises(ValueError, match="broke"):
        async with handler.component("b"):
            raise ValueError("broke")
    assert statuses(handler) == {"b": "failed", "a": "complete"}


async def test_a_cancelled_task_is_settled_cancelled() -> None:
    handler = SSEHandler()
    at_work = asyncio.Event()

    async def work() -> None:
        async with handler.component("a"):
            at_work.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(work())
    await asyncio.wait_for(at_work.wait(), 30)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert statuses(handler) == {"a": "cancelled"}
    assert handler.snapshot().verdict == "cancelled"


def test_components_in_threads() -> None:
    handler = SSEHandler(components=[f"c{number}" for number in range(8)])

    def work(name: str) -> None:
        with handler.component(name) as component:
            for number in range(20):
                component.send("text", chunk=number)

    threads = [threading.Thread(target=work, args=(f"c{number}",)) for number in range(8)]
    for thread in threads:
        thread.start()
    assert handler.is_complete.wait(20)
    assert {entry["frames"] for entry in handler.snapshot().ledger().values()} == {20}
