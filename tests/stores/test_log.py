"""The log: numbering, joining, retention, and who is woken."""

import asyncio
import gc
import threading
import weakref

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sse_pipeline.stores.bell import LoopBell, ThreadBell
from sse_pipeline.stores.log import Log
from sse_pipeline.testing import Decoder


def body(size: int = 1) -> bytes:
    return b"data: %b\n\n" % (b"x" * size)


def ids(data: bytes) -> list[int]:
    return [int(event.id) for event in Decoder().feed(data)]


def filled(count: int, limit: int = 1 << 20, size: int = 1) -> Log:
    log = Log(limit)
    for _ in range(count):
        log.append([body(size)])
    return log


def test_frames_are_numbered_from_one() -> None:
    log = filled(3)
    assert log.last == 3
    assert ids(log.take(0, 1000).data) == [1, 2, 3]
    assert log.take(1, 1000)[:2] == (2, 3)
    assert log.take(3, 1000) == (4, 3, b"")


def test_a_join_is_bounded_but_never_empty() -> None:
    log = filled(10, size=100)
    assert ids(log.take(0, 1).data) == [1]
    assert ids(log.take(0, 350).data) == [1, 2, 3]


def test_of_too_much_the_oldest_goes_but_the_first_and_the_last_stay() -> None:
    log = filled(100, limit=2000, size=100)
    assert log.held <= 2000
    assert ids(log.take(0, 10_000).data) == [1]
    later = log.take(1, 10_000)
    assert later.first > 2
    assert ids(later.data) == list(range(later.first, 101))
    assert log.take(50, 10_000).first == later.first
    huge = filled(3, limit=10, size=100)
    assert ids(huge.take(1, 1000).data) == [3]


@given(st.lists(st.integers(1, 300), max_size=60), st.integers(100, 2000), st.integers(1, 500))
def test_a_cursor_loses_only_what_is_gone(sizes: list[int], limit: int, chunk: int) -> None:
    log = Log(limit)
    for size in sizes:
        log.append([body(size)])
    after, seen = 0, []
    while (taken := log.take(after, chunk)).data:
        assert ids(taken.data) == list(range(taken.first, taken.last + 1))
        assert taken.first > after
        seen += ids(taken.data)
        after = taken.last
    assert after == len(sizes) == log.last
    assert seen == sorted(set(seen))
    assert not seen or (seen[0], seen[-1]) == (1, len(sizes))


async def test_readers_at_the_same_id_share_one_join() -> None:
    log = filled(3)
    bell = LoopBell.here()
    log.tap(bell, print)
    assert log.take(0, 1000).data is not log.take(0, 1000).data
    log.tap(bell, dict)
    assert log.readers == 2
    assert log.take(0, 1000).data is log.take(0, 1000).data
    log.untap(bell, print)
    log.untap(bell, dict)
    assert log.readers == 0


async def test_one_wake_up_for_any_number_of_rings_from_any_thread() -> None:
    log, bell, wakes = filled(0), LoopBell.here(), []
    woken = asyncio.Event()

    def wake() -> None:
        wakes.append(log.last)
        woken.set()

    log.tap(bell, wake)

    def produce() -> None:
        for _ in range(100):
            log.append([body()])
            log.ring()

    thread = threading.Thread(target=produce)
    thread.start()
    thread.join()
    await asyncio.wait_for(woken.wait(), 30)
    assert wakes == [100]


async def test_a_ring_in_the_loop_waits_for_its_next_turn() -> None:
    log, bell, wakes = filled(0), LoopBell.here(), []
    log.tap(bell, lambda: wakes.append(log.last))
    for _ in range(5):
        log.append([body()])
        log.ring()
    assert wakes == []
    await asyncio.sleep(0)  # the turn in which the bell calls back
    assert wakes == [5]


def test_a_loop_that_is_closed_is_not_missed() -> None:
    log = filled(0)

    async def tap() -> None:
        log.tap(LoopBell.here(), print)

    asyncio.run(tap())
    log.ring()
    log.ring()


def test_a_thread_is_woken() -> None:
    log, bell = filled(0), ThreadBell()
    log.tap(bell, bell.wake)
    assert not bell.wait(0)
    threading.Thread(target=log.ring).start()
    assert bell.wait(30)
    assert not bell.wait(0)


async def test_a_tap_can_be_taken_back_twice() -> None:
    log, bell = filled(0), LoopBell.here()
    log.tap(bell, print)
    log.untap(bell, print)
    log.untap(bell, print)
    assert log.waiting(bell) == ()


@pytest.mark.parametrize("writers", [1, 4])
def test_writers_that_race_leave_no_hole(writers: int) -> None:
    log = Log(1 << 24)

    def write() -> None:
        for _ in range(500):
            log.append([body()])

    threads = [threading.Thread(target=write) for _ in range(writers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ids(log.take(0, 1 << 24).data) == list(range(1, 500 * writers + 1))


def test_a_loop_is_not_kept_by_its_bell() -> None:
    loops = []

    async def ring() -> None:
        loops.append(weakref.ref(asyncio.get_running_loop()))
        LoopBell.here().ring(filled(0))
        await asyncio.sleep(0)  # the turn in which the bell calls back

    asyncio.run(ring())
    gc.collect()
    assert loops[0]() is None
