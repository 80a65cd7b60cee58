import asyncio
import signal
from collections.abc import Iterator
from typing import Any, ClassVar

import pytest
from gunicorn.workers.base import Worker
from pytest_django import Settings

from sse_pipeline import SSEHandler
from sse_pipeline.http import shutdown
from sse_pipeline.http.shutdown import ProcessEnd
from sse_pipeline.lifecycle.snapshot import Verdict


@pytest.fixture(autouse=True)
def undo() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in shutdown.SIGNALS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def end() -> ProcessEnd:
    return ProcessEnd()


def opened() -> SSEHandler:
    handler = SSEHandler(components=["text"])
    handler.send("text", chunk="one")
    return handler


@pytest.fixture
def handler() -> SSEHandler:
    return opened()


class FakeReader:
    closed = False

    def close(self) -> None:
        self.closed = True


def reader() -> Any:
    return FakeReader()


def test_streams_end_with_this_process(handler: SSEHandler, end: ProcessEnd) -> None:
    end.end_streams()
    assert handler.is_complete.is_set()
    assert handler.cancelled
    assert handler.snapshot().verdict is Verdict.SHUTDOWN


def test_a_stream_that_can_not_be_ended_keeps_no_other_open(
    settings: Settings, caplog: Any, end: ProcessEnd
) -> None:
    settings.SSE_PIPELINE = {"STORE": "harness.stores.StaleListStore"}
    handler = opened()
    end.end_streams()
    assert handler.is_complete.is_set()
    assert "no such stream could not be ended" in caplog.text


def test_streams_of_a_shared_store_go_on_and_readers_go(
    settings: Settings, end: ProcessEnd
) -> None:
    settings.SSE_PIPELINE = {"STORE": "harness.stores.SharedMemoryStore"}
    handler = opened()
    here, gone = reader(), reader()
    end.add(here)
    end.add(gone)
    end.remove(gone)
    end.end_streams()
    end.remove(here)
    assert (here.closed, gone.closed) == (True, False)
    assert not handler.is_complete.is_set()


def test_a_reader_that_comes_too_late(handler: SSEHandler) -> None:
    end = ProcessEnd(began=True)
    late = reader()
    end.add(late)
    end.remove(late)
    assert handler.is_complete.is_set()


@pytest.mark.parametrize("number", shutdown.SIGNALS)
async def test_a_signal_ends_the_streams_and_goes_on_to_the_server(
    handler: SSEHandler, number: signal.Signals, end: ProcessEnd
) -> None:
    seen: list[int] = []
    signal.signal(number, lambda number, _: seen.append(number))
    end.install()
    end.install()
    assert not end.began
    signal.raise_signal(number)
    assert end.began
    assert seen == [number]
    await asyncio.wait_for(handler.ended(), 30)


async def test_a_server_that_takes_a_signal_back(handler: SSEHandler, end: ProcessEnd) -> None:
    seen: list[int] = []
    for _ in range(2):
        signal.signal(signal.SIGTERM, lambda number, _: seen.append(number))
        end.install()
    signal.raise_signal(signal.SIGTERM)
    assert seen == [signal.SIGTERM]
    await asyncio.wait_for(handler.ended(), 30)


async def test_a_signal_that_nobody_takes_is_left_alone(end: ProcessEnd) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    end.install()
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


async def test_signals_are_left_alone_in_other_threads(end: ProcessEnd) -> None:
    signal.signal(signal.SIGTERM, print)
    await asyncio.to_thread(end.install)
    assert signal.getsignal(signal.SIGTERM) is print


def test_a_signal_for_a_worker_of_gunicorn(handler: SSEHandler, end: ProcessEnd) -> None:
    worker = object.__new__(Worker)
    worker.alive = True
    signal.signal(signal.SIGTERM, worker.handle_exit)
    end.install_in_worker()
    end.install_in_worker()
    signal.raise_signal(signal.SIGTERM)
    assert end.began
    assert not worker.alive
    assert handler.is_complete.wait(10)


def test_signals_of_other_processes_are_left_alone(end: ProcessEnd) -> None:
    signal.signal(signal.SIGTERM, print)
    end.install_in_worker()
    assert signal.getsignal(signal.SIGTERM) is print


@pytest.mark.parametrize(("began", "chunks"), [(True, [b"one", b"two"]), (False, [])])
def test_the_last_chunks_of_a_reader(began: bool, chunks: list[bytes]) -> None:
    class Left(FakeReader):
        left: ClassVar[list[bytes]] = [b"", b"two", b"one"]

        def rest(self) -> bytes:
            return self.left.pop()

    rest: Any = Left()
    assert list(ProcessEnd(began=began).last_chunks(rest)) == chunks


def test_a_signal_after_the_loop_was_closed(end: ProcessEnd) -> None:
    async def install() -> None:
        end.install()

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
