import asyncio
import signal
from collections.abc import Iterator
from typing import Any

import pytest

from sse_pipeline import SSEHandler, shutdown, stores
from sse_pipeline.snapshot import Verdict


@pytest.fixture(autouse=True)
def undo(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in shutdown.SIGNALS}
    monkeypatch.setattr(shutdown._Handler, "called", False)
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def handler() -> SSEHandler:
    handler = SSEHandler(components=["text"])
    handler.send("text", chunk="one")
    return handler


class FakeReader:
    closed = False

    def close(self) -> None:
        self.closed = True


def reader() -> Any:
    return FakeReader()


def test_streams_end_with_this_process(handler: SSEHandler) -> None:
    shutdown.end_streams()
    assert handler.is_complete.is_set()
    assert handler.cancelled
    assert handler.snapshot().verdict is Verdict.SHUTDOWN


def test_a_stream_that_can_not_be_ended_keeps_no_other_open(
    handler: SSEHandler, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    open_streams = ["no such stream", handler.stream_id]
    monkeypatch.setattr(stores.current(), "open_streams", lambda: open_streams)
    shutdown.end_streams()
    assert handler.is_complete.is_set()
    assert "no such stream could not be ended" in caplog.text


def test_streams_of_a_shared_store_go_on_and_readers_go(
    handler: SSEHandler, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stores.current(), "shared", True)
    here, gone = reader(), reader()
    shutdown.attend(here)
    shutdown.attend(gone)
    shutdown.leave(gone)
    shutdown.end_streams()
    shutdown.leave(here)
    assert (here.closed, gone.closed) == (True, False)
    assert not handler.is_complete.is_set()


def test_a_reader_that_comes_too_late(handler: SSEHandler, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutdown._Handler, "called", True)
    late = reader()
    shutdown.attend(late)
    shutdown.leave(late)
    assert handler.is_complete.is_set()


@pytest.mark.parametrize("number", shutdown.SIGNALS)
async def test_a_signal_ends_the_streams_and_goes_on_to_the_server(
    handler: SSEHandler, number: signal.Signals
) -> None:
    seen: list[int] = []
    signal.signal(number, lambda number, _: seen.append(number))
    shutdown.install()
    shutdown.install()
    assert not shutdown.began()
    signal.raise_signal(number)
    assert shutdown.began()
    assert seen == [number]
    await asyncio.wait_for(handler.ended(), 5)


async def test_a_server_that_takes_a_signal_back(handler: SSEHandler) -> None:
    seen: list[int] = []
    for _ in range(2):
        signal.signal(signal.SIGTERM, lambda number, _: seen.append(number))
        shutdown.install()
    signal.raise_signal(signal.SIGTERM)
    assert seen == [signal.SIGTERM]
    await asyncio.wait_for(handler.ended(), 5)


async def test_a_signal_that_nobody_takes_is_left_alone() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    shutdown.install()
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


async def test_signals_are_left_alone_in_other_threads() -> None:
    signal.signal(signal.SIGTERM, print)
    await asyncio.to_thread(shutdown.install)
    assert signal.getsignal(signal.SIGTERM) is print


def test_a_signal_after_the_loop_was_closed() -> None:
    async def install() -> None:
        shutdown.install()

    seen: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: seen.append(number))
    asyncio.run(install())
    signal.raise_signal(signal.SIGTERM)
    assert seen == [signal.SIGTERM]


async def test_the_lifespan(handler: SSEHandler) -> None:
    received = iter(["lifespan.startup", "lifespan.shutdown"])
    sent: list[str] = []

    async def receive() -> dict[str, str]:
        return {"type": next(received)}

    async def send(message: dict[str, str]) -> None:
        sent.append(message["type"])

    await shutdown.lifespan({"type": "lifespan"}, receive, send)
    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    assert handler.is_complete.is_set()
