"""The timer rings once, when nothing has restarted it for a while."""

import time
from collections.abc import Callable
from contextlib import nullcontext
from threading import Event, Lock
from typing import Any

import pytest

from sse_pipeline.tts.idle_timer import IdleTimer
from sse_pipeline.tts.speech_loop import speech_loop

PATIENCE = 30


def test_it_rings_once_after_the_last_restart():
    rung, times = Event(), []
    lock = Lock()

    def ring():
        times.append(time.monotonic())
        rung.set()

    timer = IdleTimer(0.05, lock, ring)
    for _ in range(1000):
        with lock:
            timer.restart()
    last = time.monotonic()
    assert rung.wait(PATIENCE)
    assert len(times) == 1
    assert times[0] >= last + 0.05 - 0.002
    assert speech_loop().is_running()


def test_a_loop_that_can_not_start_is_asked_again():
    loops: list[Any] = [None]
    rung, lock = Event(), Lock()

    def loop():
        if loops.pop() is None:
            raise RuntimeError("can't start new thread")
        return speech_loop()

    timer = IdleTimer(0.01, lock, rung.set, loop=loop)
    with lock, pytest.raises(RuntimeError):
        timer.restart()
    loops.append(speech_loop())
    with lock:
        timer.restart()
    assert rung.wait(PATIENCE)


def test_it_rings_again_after_another_restart():
    rung, lock = Event(), Lock()
    timer = IdleTimer(0.01, lock, rung.set)
    for _ in range(3):
        rung.clear()
        with lock:
            timer.restart()
        assert rung.wait(PATIENCE)


class ManualLoop:
    """A loop whose time is moved by the test. It keeps the delays that were asked for."""

    def __init__(self) -> None:
        self.now = 0.0
        self.delays: list[float] = []
        self.due: list[Callable[[], object]] = []

    def call_soon_threadsafe(self, callback: Callable[[], object]) -> None:
        callback()

    def call_later(self, delay: float, callback: Callable[[], object]) -> None:
        self.delays.append(delay)
        self.due.append(callback)

    def run(self) -> None:
        """Let the timer that was set last end."""
        self.now += self.delays[-1]
        self.due.pop()()


def test_one_timer_serves_all_restarts():
    loop, rung = ManualLoop(), []
    timer = IdleTimer(
        10.0,
        nullcontext(),
        lambda: rung.append(loop.now),
        loop=lambda: loop,
        clock=lambda: loop.now,
    )
    for _ in range(1000):
        timer.restart()
    loop.now = 4.0
    timer.restart()
    assert loop.delays == [10.0]
    loop.now = 0.0
    loop.run()
    assert (loop.delays, rung) == ([10.0, 4.0], [])
    loop.run()
    assert (loop.delays, loop.due, rung) == ([10.0, 4.0], [], [14.0])
