"""The parts of the writer: the count of bytes that wait, and the backoff."""

import threading

import pytest

from sse_pipeline.frames import Frame, encode
from sse_pipeline.stores.remote.append_request import AppendRequest, QueuedAppend
from sse_pipeline.stores.remote.backoff import Backoff
from sse_pipeline.stores.remote.replica import Replica
from tests.redis.parts import context


class CountedMeanwhile(QueuedAppend):
    """An item during whose count a producer of another thread queues seven bytes more."""

    replica: Replica

    @property
    def size(self) -> int:
        self.replica.queued_bytes += 7
        return super().size


@pytest.mark.parametrize("outcome", [b"done", b"missing"])
def test_bytes_that_are_queued_while_a_batch_is_counted_stay_counted(outcome: bytes) -> None:
    of_store, frame = context(), Frame(encode("text", {}), "writer")
    CountedMeanwhile.replica = of_store.replicas.use("a stream")
    items = [CountedMeanwhile(frame, "writer") for _ in range(3)]
    CountedMeanwhile.replica.queued_bytes = 3 * len(frame.body)
    AppendRequest(of_store, 1, "a stream", items).handle([outcome, b"0", b""])
    assert CountedMeanwhile.replica.queued_bytes == 3 * 7


class PassingEvent(threading.Event):
    """An event that nobody waits for; it keeps for how long each caller would have waited."""

    def __init__(self) -> None:
        super().__init__()
        self.pauses: list[float | None] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.pauses.append(timeout)
        return self.is_set()


def test_pauses_double_up_to_the_longest_and_start_anew_after_a_reset() -> None:
    backoff, event = Backoff(0.1, 0.3), PassingEvent()
    assert [backoff.pause(event) for _ in range(4)] == [False] * 4
    backoff.reset()
    event.set()
    assert backoff.pause(event)
    assert event.pauses == [0.1, 0.2, 0.3, 0.3, 0.1]


def test_patience_is_over_only_after_it_began() -> None:
    backoff = Backoff(0.1, 0.3, patience=-1)
    assert not backoff.expired
    backoff.begin()
    assert backoff.expired
    backoff.reset()
    assert not backoff.expired
