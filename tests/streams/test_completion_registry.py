"""Registration and completion, from many threads at once; `python` runs it as a script too."""

import sys
import threading
from collections import Counter

import pytest

if __name__ == "__main__":
    sys.exit(pytest.main([__file__, *sys.argv[1:]]))

from sse_pipeline import SSEHandler
from sse_pipeline.testing import Decoder

THREADS = 64


def race(*work: object) -> None:
    barrier = threading.Barrier(len(work))

    def run(call: object) -> None:
        barrier.wait(20)
        call()  # type: ignore[operator]

    threads = [threading.Thread(target=run, args=(call,)) for call in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert not any(thread.is_alive() for thread in threads)


def told(handler: SSEHandler) -> list[str]:
    decoder = Decoder()
    events = [event for frame in handler for event in decoder.feed(frame)]
    assert [int(event.id) for event in events] == list(range(1, len(events) + 1))
    return [event.event for event in events]


def test_a_component_is_registered_and_completes() -> None:
    handler = SSEHandler()
    handler.register_component("text_generation")
    assert not handler.is_complete.is_set()
    assert handler.mark_component_complete("text_generation")
    assert handler.is_complete.is_set()
    assert told(handler) == ["stream", "component", "component", "complete"]


def test_the_stream_waits_for_every_component() -> None:
    handler = SSEHandler()
    names = ["text_generation", "tts_processing", "citations"]
    for name in names:
        handler.register_component(name)
    for name in names[:-1]:
        handler.mark_component_complete(name)
        assert not handler.is_complete.is_set()
    handler.mark_component_complete(names[-1])
    assert handler.is_complete.is_set()


@pytest.mark.parametrize("repetition", range(5))
def test_64_threads_complete_64_components(repetition: int) -> None:
    names = [f"component_{number}" for number in range(THREADS)]
    handler = SSEHandler(components=names)
    won: list[bool] = []
    race(*(lambda name=name: won.append(handler.mark_component_complete(name)) for name in names))
    assert won == [True] * THREADS
    counts = Counter(told(handler))
    assert counts == {"stream": 1, "component": 2 * THREADS, "complete": 1}


@pytest.mark.parametrize("repetition", range(5))
def test_64_threads_complete_one_component(repetition: int) -> None:
    handler = SSEHandler(components=["a"])
    won: list[bool] = []
    race(*[lambda: won.append(handler.mark_component_complete("a"))] * THREADS)
    assert Counter(won) == {True: 1, False: THREADS - 1}
    assert Counter(told(handler))["complete"] == 1


@pytest.mark.parametrize("repetition", range(5))
def test_64_threads_register_send_and_settle(repetition: int) -> None:
    handler = SSEHandler(components=["keeper"])

    def work(number: int) -> None:
        name = f"component_{number}"
        handler.register_component(name, required=number % 8 == 0)
        for index in range(10):
            handler.send("text", component=name, number=number, index=index)
        if number % 8 == 7:
            handler.fail_component(name, "made to fail")
        else:
            handler.mark_component_complete(name)

    race(*(lambda number=number: work(number) for number in range(THREADS)))
    assert not handler.is_complete.is_set()
    handler.mark_component_complete("keeper")
    counts = Counter(told(handler))
    assert counts["text"] == 10 * THREADS
    assert (counts["complete"], counts["errored"]) == (1, 0)
    statuses = Counter(entry["status"] for entry in handler.snapshot().ledger().values())
    assert statuses == {"complete": THREADS * 7 // 8 + 1, "failed": THREADS // 8}


@pytest.mark.parametrize("repetition", range(5))
def test_a_race_of_every_ending_has_one_end(repetition: int) -> None:
    handler = SSEHandler(components=["a", "b"])
    race(
        *[lambda: handler.mark_component_complete("a")] * 8,
        *[lambda: handler.fail_component("b", "made to fail")] * 8,
        *[handler.cancel] * 8,
        *[handler.mark_complete] * 8,
        *[lambda: handler.send_error("made to fail")] * 8,
    )
    assert handler.is_complete.is_set()
    counts = Counter(told(handler))
    assert counts["complete"] + counts["errored"] == 1
    assert handler.snapshot().state == "errored"
